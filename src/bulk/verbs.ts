import { CodedError } from '../platform/errors.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';
import type { ChangeArguments } from '../platform/schema/arguments.js';
import type { ActionContext } from '../platform/tenancy/action-context.js';
import type { Act } from './run.js';

// biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
type Update = (context: ActionContext, args: ChangeArguments<any>) => Promise<TenantRecord>;
/** The act of a row, and the name of the single mutation that it repeats. */
export interface Verb {
  act: Act;
  single: string;
}

/** Passes a row to the action of the single verb, which takes the same arguments and has the name of its mutation. */
export const verb =
  // biome-ignore lint/suspicious/noExplicitAny: arguments differ by verb
  (action: (context: ActionContext, args: any) => Promise<TenantRecord>): Verb => ({
    act: (context, row) => action(context, row),
    single: action.name,
  });

/** An assignment is an update whose row names the employee in its own field. */
export const assigning = (update: Update): Verb => ({
  async act(context, { id, employeeId = null, expectedVersion }) {
    try {
      return await update(context, { id: id!, input: { assignedToId: employeeId }, expectedVersion });
    } catch (error) {
      if (error instanceof CodedError)
        for (const fault of error.faults) if (fault.path === 'input.assignedToId') fault.path = 'employeeId';
      throw error;
    }
  },
  single: update.name,
});
