import { beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, isInputObjectType } from 'graphql';
import type { Fields } from '../support/customers.js';
import { employeeOf } from '../support/employees.js';
import { memberWith } from '../support/permissions.js';
import { schema } from '../support/schema.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, change, documentOf, stateOf, undo } from '../support/undo.js';

let tenant: Tenant;
let owner: Person;
let admin: Person;
let hand: Person;
const records: Record<'owner' | 'admin' | 'hand' | 'nobody', string> = { owner: '', admin: '', hand: '', nobody: '' };

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  [admin, hand] = [await tenant.member('Admin'), await tenant.member('Sales Rep')];
  Object.assign(records, {
    owner: await employeeOf(owner.id),
    admin: await tenant.employee({ userId: admin.id }),
    hand: await tenant.employee({ userId: hand.id }),
    nobody: await tenant.employee(),
  });
});

/** Former values of fields that decide neither access nor who refers to whom. */
const values: Record<string, [former: unknown, later: unknown]> = {
  salary: ['100000', '50000'],
  commissionRate: ['10', '5'],
  tags: [['One'], ['Two']],
  hireDate: ['2020-01-01', '2021-01-01'],
  employmentType: ['PART_TIME', 'FULL_TIME'],
  profileImage: ['https://a.example/1', 'https://a.example/2'],
  phone: ['+1 555 010 0001', '+1 555 010 0002'],
  country: ['Chile', 'Peru'],
};
const elsewhere = ['externalId', 'email', 'roleId', 'userId', 'status', 'managerId', 'addTags', 'removeTags'];
const fields = Object.keys(fieldsOf('UpdateEmployeeInput')).filter((name) => !elsewhere.includes(name));

function fieldsOf(name: string) {
  const type = getNamedType(schema.getType(name)!);
  if (!isInputObjectType(type)) throw new Error(`${name} is no input`);
  return type.getFields();
}

const give = (who: Person, id: string, input: Fields) => change(who, tenant.id, 'updateEmployee', { id, input });

/** Why somebody may not write a value directly; null if they may. */
async function refusalOf(who: Person, id: string, input: Fields): Promise<unknown> {
  const { errors } = await act(who, tenant.id, documentOf('updateEmployee', 'id'), { id, input });
  return errors?.[0]?.extensions.reason ?? null;
}

/** Why somebody may not write it by an undo. */
async function refusalToUndo(who: Person, changeSetId: string): Promise<unknown> {
  const { result, error } = await undo(who, tenant.id, changeSetId);
  return error?.reason ?? result!.results[0]!.errors[0]?.reason ?? null;
}

describe('an undo writes no field of an employee that its caller may not write directly', () => {
  test.each(['owner', 'admin', 'hand', 'nobody'] as const)('by an administrator: the record of %s', async (whose) => {
    const id = records[whose];
    const refused: string[] = [];
    for (const field of fields) {
      const [former, later] = values[field] ?? ['Former', 'Later'];
      await give(owner, id, { [field]: former });
      const { changeSetId } = await give(owner, id, { [field]: later });
      const before = await stateOf(tenant.id);
      const reason = await refusalToUndo(admin, changeSetId);
      if (reason) expect(await stateOf(tenant.id)).toEqual(before);
      else await give(owner, id, { [field]: later });
      expect([field, reason]).toEqual([field, await refusalOf(admin, id, { [field]: former })]);
      if (reason) refused.push(field);
    }
    const expected = { owner: ['salary', 'commissionRate'], admin: ['salary', 'commissionRate'], hand: [], nobody: [] };
    expect(refused.toSorted()).toEqual(expected[whose].toSorted());
  });

  test('by an owner: their own pay', async () => {
    await give(owner, records.owner, { salary: '100000' });
    const { changeSetId } = await give(owner, records.owner, { salary: '200000' });
    expect(await refusalToUndo(owner, changeSetId)).toBeNull();
  });

  test('by a member: their own phone number, as long as the record is theirs', async () => {
    const { changeSetId } = await give(hand, records.hand, { phone: '+1 555 010 0003' });
    expect(await refusalToUndo(hand, changeSetId)).toBeNull();
    const again = await give(hand, records.hand, { phone: '+1 555 010 0004' });
    await give(owner, records.hand, { userId: null });
    expect(await refusalToUndo(hand, again.changeSetId)).toBe('MISSING_PERMISSION');
  });

  test('in mode PER_ROW: other records are put back', async () => {
    const [mine, other] = [records.admin, records.nobody];
    for (const id of [mine, other]) await give(owner, id, { salary: '70000' });
    const { extensions } = await act(owner, tenant.id, documentOf('updateEmployees'), {
      rows: [mine, other].map((id) => ({ id, input: { salary: '40000' } })),
      mode: 'ATOMIC',
    });
    const { result } = await undo(admin, tenant.id, extensions!.changeSetId!, { mode: 'PER_ROW' });
    expect(result!.results.map(({ id, status, errors }) => [id, status, errors[0]?.code ?? null])).toEqual([
      [mine, 'FAILED', 'FORBIDDEN'],
      [other, 'UPDATED', null],
    ]);
  });
});

test.each([
  [['create'], 'MISSING_PERMISSION'],
  [['update'], null],
])('a deleted stage is put back by whoever may update stages: asked with pipeline:%j', async (further, refusal) => {
  const actions = ['read', 'delete', ...further].map((action) => `pipeline:${action}`);
  const member = await memberWith(tenant, [...actions, 'deal:read']);
  const pipeline = await change(owner, tenant.id, 'createPipeline', { input: { name: `Pipeline of ${further}` } });
  const input = { name: 'Extra', pipelineId: pipeline.id };
  const { id } = await change(owner, tenant.id, 'createPipelineStage', { input });
  const { changeSetId } = await change(member, tenant.id, 'deletePipelineStage', { id });
  expect(await refusalToUndo(member, changeSetId)).toBe(refusal);
});
