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

@ObjectType({ simpleResolvers: true, description: 'Numbers of vendors, of all or of those that match a filter.' })
class VendorStats {
  @Field(() => Int, { description: 'Number of all vendors that match the filter.' })
  total!: number;

  @Field(() => Int, { description: 'Number of vendors with status ACTIVE.' })
  active!: number;

  @Field(() => Int, { description: 'Number of vendors with status INACTIVE.' })
  inactive!: number;

  @Field(() => Int, { description: 'Number of vendors with status PENDING.' })
  pending!: number;

  @Field(() => Int, { description: 'Number of vendors with status BLACKLISTED.' })
  blacklisted!: number;

  @Field(() => [VendorTypeSummary], {
    description: 'Vendors by type, one row per type in declaration order, zeros included.',
  })
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
  @Query(() => VendorStats, { nullable: true, description: 'Counts vendors, all or those that match a filter.' })
  vendorStats(
    @Args(() => VendorStatsArgs) rows: FilterArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return figuresOf(read, Vendor, figures, Selection.of(info), rows);
  }
}
