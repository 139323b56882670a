import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import { membershipOf } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  inputArgs,
  type VerbArguments,
  verbArgs,
} from '../../platform/schema/arguments.js';
import { DeletePayload } from '../../platform/schema/deletion.js';
import { createVendor, deleteVendor, updateVendor } from './vendor.actions.js';
import { CreateVendorInput, UpdateVendorInput, type VendorChanges } from './vendor.inputs.js';
import { Vendor, type VendorType } from './vendor.js';
import { labels, VendorTypeSummary } from './vendor-type-summary.js';

const VendorList = listArgumentsOf(Vendor, 'name, company, e-mail address and contact person');
const VendorId = idArgs('Id of the vendor.');
const VendorVerb = verbArgs('Id of the vendor.');
const NewVendor = inputArgs<VendorChanges>(CreateVendorInput, 'The vendor.');
const VendorChange = changeArgs<VendorChanges>('Id of the vendor.', UpdateVendorInput);

@Resolver()
export class VendorResolver {
  @Query(() => connectionOf(Vendor), { nullable: true, description: 'Vendors. Needs vendor:read.' })
  vendors(@Args(() => VendorList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Vendor, args, info);
  }

  @Query(() => Vendor, { nullable: true, description: 'One vendor. Needs vendor:read.' })
  vendor(@Args(() => VendorId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.one(Vendor, id, Selection.of(info));
  }

  @Query(() => [VendorTypeSummary], {
    nullable: true,
    description: 'The kinds of vendor with their number of vendors, in declaration order. Needs vendor:read.',
  })
  async vendorTypes(@Ctx() { read, viewer }: Context): Promise<VendorTypeSummary[]> {
    const rows = await read.query(
      sql`select vendor_type as type, count(*)::integer as count from vendors where organization_id = ${membershipOf(viewer).id}::uuid group by 1`,
    );
    const counts = new Map(rows.map(({ type, count }) => [type, count as number]));
    return (Object.keys(labels) as VendorType[]).map((type) => ({
      type,
      label: labels[type],
      count: counts.get(type) ?? 0,
    }));
  }

  @Mutation(() => Vendor, { nullable: true, description: 'Create a vendor. Needs vendor:create.' })
  async createVendor(@Args(() => NewVendor) { input }: { input: VendorChanges }, @Ctx() { acting }: Context) {
    return createVendor(acting, input);
  }

  @Mutation(() => Vendor, { nullable: true, description: 'Change a vendor. Needs vendor:update.' })
  async updateVendor(
    @Args(() => VendorChange) { id, input, expectedVersion }: ChangeArguments<VendorChanges>,
    @Ctx() { acting }: Context,
  ) {
    return updateVendor(acting, id, input, expectedVersion);
  }

  @Mutation(() => DeletePayload, { nullable: true, description: 'Delete a vendor. Needs vendor:delete.' })
  async deleteVendor(
    @Args(() => VendorVerb) { id, expectedVersion }: VerbArguments,
    @Ctx() { acting }: Context,
  ): Promise<DeletePayload> {
    await deleteVendor(acting, id, expectedVersion);
    return { id };
  }
}
