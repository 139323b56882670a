import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import { demandMembership } from '../../platform/auth/viewer.js';
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
import { entriesOn } from '../activities/entries.js';
import { timelineOf } from '../activities/timeline.js';
import { type AssignArguments, assignArgs } from '../employees/assignment.js';
import {
  activateVendor,
  assignVendor,
  createVendor,
  deactivateVendor,
  deleteVendor,
  updateVendor,
} from './vendor.actions.js';
import { CreateVendorInput, UpdateVendorInput } from './vendor.inputs.js';
import { Vendor, type VendorType } from './vendor.js';
import { labels, VendorTypeSummary } from './vendor-type-summary.js';

const VendorList = listArgumentsOf(Vendor);
const VendorId = idArgs('Id of the vendor.');
const VendorVerb = verbArgs('Id of the vendor.');
const VendorAssignment = assignArgs('Id of the vendor.');
const NewVendor = inputArgs<CreateVendorInput>(CreateVendorInput, 'The vendor to create.');
const VendorChange = changeArgs<UpdateVendorInput>('Id of the vendor.', UpdateVendorInput);

@Resolver()
export class VendorResolver {
  @Query(() => connectionOf(Vendor), { nullable: true, description: 'Lists the vendors of the organization.' })
  vendors(@Args(() => VendorList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Vendor, args, info);
  }

  @Query(() => Vendor, { nullable: true, description: 'Finds a vendor by its id; null if there is none.' })
  vendor(@Args(() => VendorId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Vendor, id, Selection.of(info));
  }

  @Query(() => [VendorTypeSummary], {
    nullable: true,
    description: 'Counts vendors by type, as `vendorStats { byType }` does, in declaration order.',
  })
  async vendorTypes(@Ctx() { read, viewer }: Context): Promise<VendorTypeSummary[]> {
    const rows = await read.query(sql`
      select vendor_type as type, count(*)::integer as count
      from vendors
      where organization_id = ${demandMembership(viewer).id}::uuid
      group by 1`);
    const counts = new Map(rows.map(({ type, count }) => [type, count as number]));
    return (Object.keys(labels) as VendorType[]).map((type) => ({
      type,
      label: labels[type],
      count: counts.get(type) ?? 0,
    }));
  }

  @Mutation(() => Vendor, { nullable: true, description: 'Creates a vendor.' })
  async createVendor(@Args(() => NewVendor) { input }: { input: CreateVendorInput }, @Ctx() { action }: Context) {
    return createVendor(action, input);
  }

  @Mutation(() => Vendor, { nullable: true, description: 'Changes fields of a vendor.' })
  async updateVendor(@Args(() => VendorChange) args: ChangeArguments<UpdateVendorInput>, @Ctx() { action }: Context) {
    return updateVendor(action, args);
  }

  @Mutation(() => DeletePayload, { nullable: true, description: 'Deletes a vendor for good.' })
  async deleteVendor(@Args(() => VendorVerb) args: VerbArguments, @Ctx() { action }: Context): Promise<DeletePayload> {
    return deleteVendor(action, args);
  }

  @Mutation(() => Vendor, {
    nullable: true,
    description: 'Sets the status of a vendor to ACTIVE, whatever it was.',
  })
  async activateVendor(@Args(() => VendorVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return activateVendor(action, args);
  }

  @Mutation(() => Vendor, {
    nullable: true,
    description: 'Sets the status of a vendor to INACTIVE, whatever it was.',
  })
  async deactivateVendor(@Args(() => VendorVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return deactivateVendor(action, args);
  }

  @Mutation(() => Vendor, {
    nullable: true,
    description: 'Sets the employee who is responsible for a vendor, or nobody.',
  })
  async assignVendor(@Args(() => VendorAssignment) args: AssignArguments, @Ctx() { action }: Context) {
    return assignVendor(action, args);
  }
}

export const vendorTimeline = [...timelineOf(Vendor, 'vendor'), entriesOn(Vendor, 'vendor')];
