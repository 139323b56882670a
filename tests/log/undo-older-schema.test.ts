import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Fields, freshEmail } from '../support/customers.js';
import { sql } from '../support/database.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, change, documentOf, fatesOf, stateOf, undo } from '../support/undo.js';

let tenant: Tenant;
let owner: Person;

beforeEach(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

const does = (name: string, variables: Fields) => change(owner, tenant.id, name, variables);
const newCustomer = () => does('createCustomer', { input: { name: 'Kim', email: freshEmail(), city: 'Bern' } });

/** Gives the former values of a record in a change set the columns that an older version of the server had. */
const logsFormerly = ({ id, changeSetId }: { id: string; changeSetId: string }, columns: string) =>
  sql(`update changes set before = before ${columns} where record_id = $1 and change_set_id = $2`, [id, changeSetId]);

describe('former values that the tables of today cannot take', () => {
  const cases: [string, string][] = [
    ['of a column that was dropped', `|| '{"fax": "123"}'`],
    ['of a column that is demanded by now', `- 'name'`],
    ['of another type', `|| '{"credit_limit": "unlimited"}'`],
  ];

  test.each(cases)('%s, fail a deleted record, and no other', async (_name, columns) => {
    const [one, two] = [await newCustomer(), await newCustomer()];
    const before = await stateOf(tenant.id);
    const rows = [{ id: one.id }, { id: two.id }];
    const { extensions } = await act(owner, tenant.id, documentOf('deleteCustomers'), { rows, mode: 'ATOMIC' });
    const deleted = extensions!.changeSetId!;
    await logsFormerly({ id: one.id, changeSetId: deleted }, columns);
    const atomic = await undo(owner, tenant.id, deleted);
    expect(fatesOf(atomic.result)).toEqual({ [one.id]: ['FAILED', 'SCHEMA_CHANGED'], [two.id]: ['NOT_ATTEMPTED'] });
    const sound = await undo(owner, tenant.id, deleted, { mode: 'PER_ROW' });
    expect(fatesOf(sound.result)).toEqual({ [one.id]: ['FAILED', 'SCHEMA_CHANGED'], [two.id]: ['CREATED'] });
    expect(await stateOf(tenant.id)).toEqual(before.filter(({ id }) => id !== one.id));
  });

  test('fail an updated record, which is not said to be undone', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await does('updateCustomer', { id, input: { city: 'Rome' } });
    // The update emptied the column, so that its absence is no conflict.
    await logsFormerly({ id, changeSetId }, `|| '{"fax": "123"}'`);
    await sql(`update changes set after = after || '{"fax": null}' where change_set_id = $1`, [changeSetId]);
    const before = await stateOf(tenant.id);
    const { result } = await undo(owner, tenant.id, changeSetId);
    expect(fatesOf(result)).toEqual({ [id]: ['FAILED', 'SCHEMA_CHANGED'] });
    expect(await stateOf(tenant.id)).toEqual(before);
  });

  test('do not matter where a dropped column was empty', async () => {
    const { id } = await newCustomer();
    const before = await stateOf(tenant.id);
    const deleted = await does('deleteCustomer', { id });
    await logsFormerly(deleted, `|| '{"fax": null}'`);
    expect(fatesOf((await undo(owner, tenant.id, deleted.changeSetId)).result)).toEqual({ [id]: ['CREATED'] });
    expect(await stateOf(tenant.id)).toEqual(before);
  });
});
