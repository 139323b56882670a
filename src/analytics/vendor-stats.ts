import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Vendor, VendorType } from '../crm/vendors/vendor.js';
import { labels, VendorTypeSummary } from '../crm/vendors/vendor-type-summary.js';
import { sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import { Selection } from '../platform/reading/selection.js';
import { narrowingArgumentsOf } from '../platform/records/list-arguments.js';
import type { FilterArguments } from '../platform/records/lists.js';
import { count, countsBy, type Figures, figuresOf, listBy } from './figures.js';

@ObjectType({ simpleResolvers: true, description: 'Counts over vendors.' })
class VendorStats {
  @Field(() => Int, { description: 'All vendors that match.' })
  total!: number;

  @Field(() => Int, { description: 'Status ACTIVE.' })
  active!: number;

  @Field(() => Int, { description: 'Status INACTIVE.' })
  inactive!: number;

  @Field(() => Int, { description: 'Status PENDING.' })
  pending!: number;

  @Field(() => Int, { description: 'Status BLACKLISTED.' })
  blacklisted!: number;

  @Field(() => [VendorTypeSummary], { description: 'One row per kind in declaration order, zeros included.' })
  byType!: VendorTypeSummary[];
}

const figures: Figures = {
  total: count(),
  ...countsBy(sql`t.status`, {
    active: 'ACTIVE',
    inactive: 'INACTIVE',
    pending: 'PENDING',
    blacklisted: 'BLACKLISTED',
  }),
  byType: listBy(sql`t.vendor_type`, Object.values(VendorType), (type, number) => ({
    type,
    label: labels[type as VendorType],
    count: number,
  })),
};

const VendorStatsArgs = narrowingArgumentsOf(Vendor);

@Resolver()
export class VendorStatsResolver {
  @Query(() => VendorStats, { nullable: true, description: 'Counts over vendors.' })
  vendorStats(
    @Args(() => VendorStatsArgs) rows: FilterArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return figuresOf(read, Vendor, figures, Selection.of(info), rows);
  }
}
