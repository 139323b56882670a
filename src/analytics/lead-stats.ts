import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, Float, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { MoneyAggregate } from '../crm/deals/money.js';
import { LeadSource } from '../crm/leads/lead.enums.js';
import { Lead } from '../crm/leads/lead.js';
import { demandMembership, type Viewer } from '../platform/auth/viewer.js';
import { sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import { Selection } from '../platform/reading/selection.js';
import { narrowingArgumentsOf } from '../platform/records/list-arguments.js';
import type { FilterArguments } from '../platform/records/lists.js';
import { becomes } from '../platform/schema/deprecations.js';
import { DecimalScalar } from '../platform/schema/scalars.js';
import { count, countsBy, each, type Figures, figuresOf, listBy, mean, money, rate, total } from './figures.js';

@ObjectType({ simpleResolvers: true, description: 'Numbers of leads, by qualification.' })
class QualificationStatusCounts {
  @Field(() => Int, { description: 'Number of leads with qualification NEW.' })
  new!: number;

  @Field(() => Int, { description: 'Number of leads with qualification CONTACTED.' })
  contacted!: number;

  @Field(() => Int, { description: 'Number of leads with qualification QUALIFIED.' })
  qualified!: number;

  @Field(() => Int, { description: 'Number of leads with qualification UNQUALIFIED.' })
  unqualified!: number;

  @Field(() => Int, { description: 'Number of leads with qualification CONVERTED.' })
  converted!: number;

  @Field(() => Int, { description: 'Number of leads with qualification LOST.' })
  lost!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Number of leads from one origin.' })
class LeadSourceCount {
  @Field(() => LeadSource, { description: 'The origin that is counted.' })
  source!: LeadSource;

  @Field(() => Int, { description: 'Number of leads from this origin.' })
  count!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Numbers and values of leads, of all or of those that match a filter.',
})
class LeadStats {
  @Field(() => Int, { description: 'Number of all leads that match the filter.' })
  total!: number;

  @Field(() => QualificationStatusCounts, {
    description: 'Number of leads by qualification; the counts add up to `total`.',
  })
  byQualificationStatus!: QualificationStatusCounts;

  @Field(() => QualificationStatusCounts, {
    description: 'Number of leads by qualification; the counts add up to `total`.',
    deprecationReason: becomes('byQualificationStatus'),
  })
  statusCounts!: QualificationStatusCounts;

  @Field(() => Float, { description: 'Mean score of the leads, 0–100, rounded to 2 decimals; 0 without leads.' })
  averageScore!: number;

  @Field(() => DecimalScalar, { description: "Sum of the leads' estimated values, in the organization's currency." })
  totalEstimatedValue!: string;

  @Field(() => MoneyAggregate, {
    description: "Sum of the leads' estimated values with the organization's currency, and the number of these values.",
  })
  estimatedValue!: MoneyAggregate;

  @Field(() => Float, {
    description: 'Conversion rate in percent: converted / total · 100, rounded to 2 decimals; 0 without leads.',
  })
  conversionRate!: number;

  @Field(() => [LeadSourceCount], {
    description: 'Leads by origin, one row per origin in declaration order, zeros included.',
  })
  bySource!: LeadSourceCount[];
}

const byQualificationStatus = each(
  countsBy(sql`t.qualification_status`, {
    new: 'NEW',
    contacted: 'CONTACTED',
    qualified: 'QUALIFIED',
    unqualified: 'UNQUALIFIED',
    converted: 'CONVERTED',
    lost: 'LOST',
  }),
);

const figures = (viewer: Viewer): Figures => ({
  total: count(),
  byQualificationStatus,
  statusCounts: byQualificationStatus,
  averageScore: mean(sql`t.lead_score`, 0),
  totalEstimatedValue: total(sql`t.estimated_value`),
  estimatedValue: money(
    viewer,
    sql`t.estimated_value`,
    undefined,
    'sum',
    sql`${demandMembership(viewer).currency}::text`,
  ),
  conversionRate: rate(count(sql`t.is_converted`), count()),
  bySource: listBy(sql`t.source`, Object.values(LeadSource), (source, number) => ({ source, count: number })),
});

const LeadStatsArgs = narrowingArgumentsOf(Lead);

@Resolver()
export class LeadStatsResolver {
  @Query(() => LeadStats, {
    nullable: true,
    description: 'Counts and values of leads, all or those that match a filter.',
  })
  leadStats(
    @Args(() => LeadStatsArgs) rows: FilterArguments,
    @Ctx() { read, viewer }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return figuresOf(read, Lead, figures(viewer), Selection.of(info), rows);
  }
}
