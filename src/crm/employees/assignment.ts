import type { Class } from '../../platform/class.js';
import type { Refusal } from '../../platform/errors.js';
import { ExpectedVersion, Id } from '../../platform/records/decorators.js';
import { Arguments, type InputRule } from '../../platform/records/inputs.js';
import type { PropertySpec } from '../../platform/records/property.js';
import type { TenantRecord } from '../../platform/records/tenant-record.js';
import type { VerbArguments } from '../../platform/schema/arguments.js';
import { type ActionContext, lock } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { assigned } from './assigned.js';

export interface AssignArguments extends VerbArguments {
  employeeId?: string | null;
}

/** The employee who becomes responsible, as assignments of one record and of many take it. */
export const newOwner: PropertySpec = {
  name: 'employeeId',
  kind: 'id',
  description: 'Id of an active employee, or null to unassign. It must be given: leaving it out is REQUIRED.',
  nullable: true,
};

/** REQUIRED if the new owner is left out: a forgotten variable must not unassign anything. */
export const newOwnerGiven: InputRule<{ employeeId?: string | null }> = ({ employeeId }) =>
  employeeId === undefined ? [{ path: 'employeeId', code: 'REQUIRED', message: 'must be given; null unassigns' }] : [];

/** Arguments `(id, employeeId, expectedVersion)` of the mutation that assigns one record. */
export function assignArgs(about: string, { mayOmitOwner = false } = {}): Class<AssignArguments> {
  @Arguments(...(mayOmitOwner ? [] : [newOwnerGiven]))
  class AssignArgs implements AssignArguments {
    @Id({ description: about, required: true })
    id!: string;

    @Id({
      description: mayOmitOwner
        ? 'Id of an active employee; null or omitted unassigns the record.'
        : newOwner.description,
    })
    employeeId?: string | null;

    @ExpectedVersion()
    expectedVersion?: number | null;
  }
  return AssignArgs;
}

/** Work that an employee is responsible for. */
type Assigned = TenantRecord & { assignedToId: string | null };

interface Assignment<Entity> {
  /** Reason to refuse the assignment, from the record's state. */
  refused?: (record: Entity) => Refusal;
  /** Whether every action locks employees before records of this type. */
  isLockedLast?: boolean;
}

/** Makes an active employee responsible for a record, or nobody. */
export async function assignRecord<Entity extends Assigned>(
  context: ActionContext,
  type: new () => Entity,
  { id, employeeId = null, expectedVersion }: AssignArguments,
  { refused = () => null, isLockedLast = false }: Assignment<Entity> = {},
): Promise<Entity> {
  const record = () => lock(context, type, id);
  const assignedTo = assigned(context, { assignedToId: employeeId }, 'employeeId');
  const found = await check(context, {
    find: isLockedLast ? { assignedTo, record } : { record, assignedTo },
    expectedVersion,
    state: ({ record: seen }) => [refused(seen)],
  });
  found.record.assignedToId = employeeId;
  await context.flush();
  return found.record;
}
