import { type Fields, freshEmail } from './customers.js';
import { sql } from './database.js';
import type { Refusing } from './request-refusals.js';
import { pipelineById } from './sales.js';
import { newTenant, type Tenant } from './tenant.js';
import { change, undo } from './undo.js';

type Does = (name: string, variables: Fields) => Promise<{ id: string; changeSetId: string }>;

/** A refusal to undo the change set that somebody makes, of the whole or of its first failed record. */
const undoing =
  (prepare: (does: Does, tenant: Tenant) => Promise<{ changeSetId: string }>) => async (): Promise<Refusing> => {
    const tenant = await newTenant();
    const does: Does = (name, variables) => change(tenant.owner, tenant.id, name, variables);
    const { changeSetId } = await prepare(does, tenant);
    const { result, error } = await undo(tenant.owner, tenant.id, changeSetId);
    const failed = result?.results.find(({ status }) => status === 'FAILED');
    return { errors: [{ extensions: error ?? failed!.errors[0]! }] };
  };

const customer = (does: Does, input: Fields = {}) =>
  does('createCustomer', { input: { email: freshEmail(), ...input } });
const move = (does: Does, id: string, city: string) => does('updateCustomer', { id, input: { city } });

/** One undo for each reason that refuses one. */
export const undoRefusals: Record<string, () => Promise<Refusing>> = {
  ACCESS_CHANGE: undoing((does) => does('createRole', { input: { name: 'R' } })),
  UNDO_TOO_LATE: undoing(async (does) => {
    const made = await customer(does);
    await sql(`update change_sets set at = now() - interval '31 days' where id = $1`, [made.changeSetId]);
    return made;
  }),
  UNDO_TOO_LARGE: undoing(async (does, { id }) => {
    const made = await customer(does);
    await sql(
      `insert into changes (organization_id, change_set_id, record_type, record_id, action, version, after)
       select $1, $2, 'VENDOR', gen_random_uuid(), 'CREATED', 1, '{}' from generate_series(1, 5000)`,
      [id, made.changeSetId],
    );
    return made;
  }),
  FIELD_CHANGED: undoing(async (does) => {
    const { id } = await customer(does);
    const moved = await move(does, id, 'Bern');
    await move(does, id, 'Rome');
    return moved;
  }),
  RECORD_CHANGED: undoing(async (does) => {
    const made = await customer(does);
    await move(does, made.id, 'Rome');
    return made;
  }),
  RECORD_IN_USE: undoing(async (does) => {
    const made = await customer(does);
    await does('addCustomerNote', { customerId: made.id, input: { text: 'Called' } });
    return made;
  }),
  RECORD_GONE: undoing(async (does) => {
    const { id } = await customer(does);
    const moved = await move(does, id, 'Bern');
    await does('deleteCustomer', { id });
    return moved;
  }),
  RECORD_ERASED: undoing(async (does) => {
    const made = await customer(does);
    await sql('update changes set after = null, is_erased = true where record_id = $1', [made.id]);
    return made;
  }),
  SCHEMA_CHANGED: undoing(async (does) => {
    const { id } = await customer(does);
    const deleted = await does('deleteCustomer', { id });
    await sql(`update changes set before = before || '{"fax": "1"}' where change_set_id = $1`, [deleted.changeSetId]);
    return deleted;
  }),
  REFERENCE_GONE: undoing(async (does, tenant) => {
    const assignedToId = await tenant.employee();
    const { id } = await customer(does, { assignedToId });
    const deleted = await does('deleteCustomer', { id });
    await does('deleteEmployee', { id: assignedToId });
    return deleted;
  }),
  VALUE_TAKEN: undoing(async (does) => {
    const externalId = 'taken';
    const { id } = await customer(does, { externalId });
    const deleted = await does('deleteCustomer', { id });
    await customer(does, { externalId });
    return deleted;
  }),
  CONTRADICTION: undoing(async (does, { owner }) => {
    const { id: pipelineId } = await pipelineById(owner);
    const add = (name: string, order: number) => does('createPipelineStage', { input: { pipelineId, name, order } });
    const seventh = await add('Seventh', 7);
    await add('Eighth', 8);
    return seventh;
  }),
};
