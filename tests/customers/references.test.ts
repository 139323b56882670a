import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { customerVerb } from '../support/customer-verbs.js';
import { changeCustomer, customerById, freshEmail, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { faultsOf } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newPerson, newTenant } from '../support/tenant.js';

describe('e-mail addresses', () => {
  test('one in use is refused with the id of who has it, whatever the case and spaces', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { email: 'ada@lovelace.example' });
    const told = await refusal(newCustomer(owner, { email: '  ADA@Lovelace.Example ' }));
    expect(told).toMatchObject({ code: 'CONFLICT', reason: 'DUPLICATE_EMAIL', existingId: id });
    expect(faultsOf(told)).toEqual({ 'input.email': 'NOT_UNIQUE' });
  });

  test('a change to one in use is refused too, a change to its own is none', async () => {
    const { owner } = await newTenant();
    const taken = await newCustomer(owner, { email: 'ada@lovelace.example' });
    const { id } = await newCustomer(owner, { email: 'grace@hopper.example' });
    expect(await refusal(changeCustomer(owner, id, { email: 'Ada@lovelace.example' }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DUPLICATE_EMAIL',
      existingId: taken.id,
    });
    expect(await changeCustomer(owner, id, { email: 'GRACE@hopper.example' })).toMatchObject({ version: 1 });
  });

  test('of two creations at the same moment one wins and the other is told of the conflict', async () => {
    const { owner } = await newTenant();
    for (let round = 0; round < 5; round += 1) {
      const email = freshEmail();
      const outcomes = await Promise.allSettled([newCustomer(owner, { email }), newCustomer(owner, { email })]);
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(lost).toHaveLength(1);
      expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({
        code: 'CONFLICT',
        reason: 'DUPLICATE_EMAIL',
      });
    }
  });

  test('another organization may have the same one', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const email = freshEmail();
    const mine = await newCustomer(one.owner, { email });
    expect((await newCustomer(other.owner, { email })).id).not.toBe(mine.id);
  });

  test('a deleted customer gives it back', async () => {
    const { owner } = await newTenant();
    const { id, email } = await newCustomer(owner);
    await owner.request(customerVerb('deleteCustomer'), { id });
    expect((await newCustomer(owner, { email })).email).toBe(email);
  });
});

describe('the customer’s own account', () => {
  test('must be an active member', async () => {
    const tenant = await newTenant();
    const stranger = await newPerson();
    const former = await tenant.member('Viewer');
    await sql('update memberships set is_active = false, left_at = now() where id = $1', [former.membershipId]);
    for (const userId of [stranger.id, former.id, v7()]) {
      const told = await refusal(newCustomer(tenant.owner, { userId }));
      expect(told).toMatchObject({ code: 'NOT_FOUND' });
      expect(faultsOf(told)).toEqual({ 'input.userId': 'NOT_FOUND' });
    }
  });

  test('is linked to one customer only, and free again once unlinked', async () => {
    const tenant = await newTenant();
    const { id: userId } = await tenant.member('Viewer');
    const linked = await newCustomer(tenant.owner, { userId });
    const other = await newCustomer(tenant.owner);
    for (const attempt of [
      () => newCustomer(tenant.owner, { userId }),
      () => changeCustomer(tenant.owner, other.id, { userId }),
    ])
      expect(await refusal(attempt())).toMatchObject({
        code: 'CONFLICT',
        reason: 'USER_ALREADY_LINKED',
        existingId: expect.any(String),
      });
    expect(await changeCustomer(tenant.owner, linked.id, { userId })).toMatchObject({ version: 1 });
    await changeCustomer(tenant.owner, linked.id, { userId: null });
    expect(await changeCustomer(tenant.owner, other.id, { userId })).toMatchObject({ user: { id: userId } });
  });

  test('is won by one of two customers at the same moment', async () => {
    const tenant = await newTenant();
    const { id: userId } = await tenant.member();
    const outcomes = await Promise.allSettled([
      newCustomer(tenant.owner, { userId }),
      newCustomer(tenant.owner, { userId }),
    ]);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(1);
    expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({ reason: 'USER_ALREADY_LINKED' });
  });

  test('gives its user no rights', async () => {
    const tenant = await newTenant();
    const person = await tenant.member();
    const { id } = await newCustomer(tenant.owner, { userId: person.id });
    expect(await refusal(customerById(person.as(tenant.id), id))).toMatchObject({
      code: 'FORBIDDEN',
      permission: 'customer:read',
    });
  });
});

describe('the responsible employee', () => {
  test('of another organization, or of none, is not found', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const { id } = await newCustomer(tenant.owner);
    for (const assignedToId of [await foreign.employee(), v7()])
      for (const attempt of [
        () => newCustomer(tenant.owner, { assignedToId }),
        () => changeCustomer(tenant.owner, id, { assignedToId }),
      ]) {
        const told = await refusal(attempt());
        expect(told).toMatchObject({ code: 'NOT_FOUND' });
        expect(faultsOf(told)).toEqual({ 'input.assignedToId': 'NOT_FOUND' });
      }
  });

  test.each(['INACTIVE', 'ON_LEAVE', 'TERMINATED'])('an employee who is %s takes nothing new', async (status) => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee({ status });
    const { id } = await newCustomer(tenant.owner);
    for (const attempt of [
      () => newCustomer(tenant.owner, { assignedToId }),
      () => changeCustomer(tenant.owner, id, { assignedToId }),
    ])
      expect(await refusal(attempt())).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'EMPLOYEE_NOT_ACTIVE' });
  });

  test('an employee who has left keeps earlier assignments, also when a change repeats them', async () => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee();
    const { id } = await newCustomer(tenant.owner, { assignedToId });
    await sql(`update employees set status = 'TERMINATED' where id = $1`, [assignedToId]);
    expect(await changeCustomer(tenant.owner, id, { assignedToId, city: 'Bern' })).toMatchObject({
      city: 'Bern',
      assignedTo: { id: assignedToId },
    });
    expect(await changeCustomer(tenant.owner, id, { assignedToId: null })).toMatchObject({ assignedTo: null });
  });
});
