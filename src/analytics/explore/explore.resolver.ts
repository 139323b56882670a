import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Activity } from '../../crm/activities/activity.js';
import { Customer } from '../../crm/customers/customer.js';
import { Deal } from '../../crm/deals/deal.js';
import { Lead } from '../../crm/leads/lead.js';
import type { Class } from '../../platform/class.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { filterArgumentsOf, PageArguments } from '../../platform/records/list-arguments.js';
import { connectionOf, type FilterArguments } from '../../platform/records/lists.js';
import { recordOf } from '../../platform/records/record.js';
import type { Measure } from '../figures.js';
import { Exploration, type Group, type Part } from './exploration.js';
import type { ExploreArguments } from './explore-arguments.js';
import { exploreTypesOf, GroupKey } from './types.js';

/** The ad-hoc aggregation query of a record, with its types. */
function explorerOf(type: Class, query: string): Class[] {
  const { name, plural } = recordOf(type);
  const { args: ExploreArgs, numbers: Numbers } = exploreTypesOf(type);
  const FilterArgs = filterArgumentsOf(type);

  @ObjectType(`${name}Measures`, {
    description: `Measures of ${plural}, each of all rows or of those that match a filter.`,
  })
  class MeasuresType {}

  @ObjectType(`${name}Group`, { description: `A group of ${plural}, with its measures and rows.` })
  class GroupType {
    @Field(() => [GroupKey], {
      description: 'The values that the rows have in common, one for each entry of `groupBy`.',
    })
    keys!: GroupKey[];

    @Field(() => Boolean, { description: 'Whether this is the group `Other`, which merges all groups beyond `limit`.' })
    isOther!: boolean;

    @Field(() => MeasuresType, {
      nullable: true,
      description: 'Measures of the same group one period earlier; null without `compareTo`.',
    })
    previous!: Part | null;
  }

  @ObjectType(`${name}Analytics`, { description: `The result of a report on ${plural}.` })
  class AnalyticsType {}

  function measuresOn(target: Class): Class {
    @Resolver(() => target)
    class MeasureFields {
      @FieldResolver(() => Int, { nullable: true, description: `Number of ${plural}.` })
      count(@Root() { measures, part }: Part, @Args(() => FilterArgs) { filter }: FilterArguments): Promise<unknown> {
        return measures.count(part, filter);
      }

      @FieldResolver(() => Numbers, { nullable: true, description: 'Sum of each number; 0 without rows.' })
      sum(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('sum', part, args, info);
      }

      @FieldResolver(() => Numbers, {
        nullable: true,
        description: 'Mean of each number over the rows that have it, rounded to 2 decimals; null when no row has one.',
      })
      avg(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('avg', part, args, info);
      }

      @FieldResolver(() => Numbers, {
        nullable: true,
        description: 'Smallest value of each number; null when no row has one.',
      })
      min(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('min', part, args, info);
      }

      @FieldResolver(() => Numbers, {
        nullable: true,
        description: 'Largest value of each number; null when no row has one.',
      })
      max(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('max', part, args, info);
      }
    }
    return MeasureFields;
  }

  @Resolver(() => AnalyticsType)
  class AnalyticsFields {
    @Query(() => AnalyticsType, {
      nullable: true,
      name: query,
      description:
        `A report of your own: groups ${plural} by up to one date and one category, and measures them. Grouping by a ` +
        'record also needs the permission to read it.',
    })
    explore(@Args(() => ExploreArgs) args: ExploreArguments, @Ctx() { read }: Context) {
      return new Exploration(read, recordOf(type), args);
    }

    @FieldResolver(() => [GroupType], {
      nullable: true,
      description:
        'One entry per date × category: dates ascending, then `orderBy`, `Other` last. At most 366 dates × 51 ' +
        'categories.',
    })
    groups(@Root() exploration: Exploration, @Info() info: GraphQLResolveInfo): Promise<object[]> {
      return exploration.groups(Selection.of(info));
    }

    @FieldResolver(() => MeasuresType, { description: 'Measures of all rows together.' })
    total(@Root() exploration: Exploration): object {
      return exploration.total;
    }

    @FieldResolver(() => MeasuresType, {
      nullable: true,
      description: 'Measures of all rows one period earlier; null without `compareTo`.',
    })
    previousTotal(@Root() exploration: Exploration): object | null {
      return exploration.previousTotal;
    }
  }

  @Resolver(() => GroupType)
  class GroupRows {
    @FieldResolver(() => connectionOf(type), {
      nullable: true,
      description: `The ${plural} behind the figures (drill-down), newest first. \`totalCount\` equals \`count\`.`,
    })
    rows(
      @Root() { exploration, part }: Group,
      @Args(() => PageArguments) page: PageArguments,
      @Ctx() { read }: Context,
      @Info() info: GraphQLResolveInfo,
    ) {
      return read.part(type, exploration.partOf, part, exploration.rows(), page, info);
    }
  }

  return [AnalyticsFields, GroupRows, measuresOn(GroupType), measuresOn(MeasuresType)];
}

const numbersOf = (measure: Measure, { measures, part }: Part, { filter }: FilterArguments, info: GraphQLResolveInfo) =>
  measures.numbers(part, measure, filter, Selection.of(info));

export const exploreResolvers = [
  ...explorerOf(Deal, 'dealAnalytics'),
  ...explorerOf(Lead, 'leadAnalytics'),
  ...explorerOf(Customer, 'customerAnalytics'),
  ...explorerOf(Activity, 'activityAnalytics'),
];
