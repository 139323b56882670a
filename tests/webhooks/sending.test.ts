import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { changeCustomer, newCustomer } from '../support/customers.js';
import { eventually } from '../support/eventually.js';
import { walk } from '../support/log.js';
import { isSigned } from '../support/receiver.js';
import { newDeal } from '../support/sales.js';
import { deliveriesOf, hooked, newWebhook } from '../support/webhooks.js';

const Several = gql`
  mutation ($url: String!) {
    before: createCustomer(input: { name: "Before", email: "before@hooks.example" }) { id }
    createWebhook(input: { url: $url, recordTypes: [CUSTOMER] }) { secret }
    after: createCustomer(input: { name: "After", email: "after@hooks.example" }) { id }
  }
`;

describe('a webhook', () => {
  test('sends each change as the feed tells it, signed as Standard Webhooks demands', async () => {
    const { owner, receiver, secret, id } = await hooked();
    const { id: customer } = await newCustomer(owner, { name: 'Ada' });
    await changeCustomer(owner, customer, { name: 'Bea' });
    await eventually(() => expect(receiver.received).toHaveLength(2));
    const { changes } = await walk(owner, { filter: { recordType: { eq: 'CUSTOMER' } } });
    expect(receiver.received.map(({ event }) => event.data)).toMatchObject(changes);
    const [created, updated] = receiver.received;
    expect(created).toMatchObject({
      path: '/',
      headers: { 'content-type': 'application/json' },
      event: { type: 'customer.created', data: { changeSet: { source: 'API', operations: ['createCustomer'] } } },
    });
    expect(updated!.event).toMatchObject({
      type: 'customer.updated',
      data: { version: 2, fields: [{ name: 'name', before: 'Ada', after: 'Bea' }] },
    });
    expect(updated!.event).not.toHaveProperty('data.record');
    for (const one of receiver.received) expect(isSigned(one, secret)).toBe(true);
    expect(isSigned({ ...updated!, body: created!.body }, secret)).toBe(false);
    expect(new Set(receiver.received.map((one) => one.id)).size).toBe(2);
    expect(created!.id).toBe(`msg_${id}_${changes[0]!.id}`);
  });

  test('tells the names of the records whose ids it tells, as the feed does', async () => {
    const { owner, receiver } = await hooked({ recordTypes: ['DEAL'] });
    const { id: customerId } = await newCustomer(owner, { name: 'Ada' });
    await newDeal(owner, { title: 'Roof', customerId });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    const { fields } = receiver.received[0]!.event.data;
    const labels = new Map(fields.map((field) => [field.name, field]));
    expect(labels.get('customerId')).toEqual({
      name: 'customerId',
      before: null,
      after: customerId,
      beforeLabel: null,
      afterLabel: 'Ada',
    });
    expect(labels.get('title')).toEqual({ name: 'title', before: null, after: 'Roof' });
  });

  test('signs with the last five secrets, however often they were rotated', async () => {
    const { owner, receiver, id, secret } = await hooked();
    const secrets = [secret];
    for (let n = 0; n < 6; n += 1) {
      const { rotateWebhookSecret: rotated } = await owner.request<{ rotateWebhookSecret: { secret: string } }>(
        gql`mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret } }`,
        { id },
      );
      secrets.push(rotated.secret);
    }
    await newCustomer(owner);
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(secrets.map((one) => isSigned(receiver.received[0]!, one))).toEqual([
      ...[false, false],
      ...[true, true, true, true, true],
    ]);
  });

  test('leaves nothing behind for what succeeds at the first try', async () => {
    const world = await hooked();
    const { id } = await newCustomer(world.owner);
    await eventually(() => expect(world.receiver.received).toHaveLength(1));
    await changeCustomer(world.owner, id, { name: 'Bea' });
    // Before the next message of a record, the server notes how the first one ended.
    await eventually(() => expect(world.receiver.received).toHaveLength(2));
    expect(await deliveriesOf(world)).toEqual([]);
  });

  test('sends only the types and kinds of change that it names', async () => {
    const { owner, receiver } = await hooked({ recordTypes: ['CUSTOMER', 'LEAD'], actions: ['DELETED'] });
    const { id } = await newCustomer(owner);
    await changeCustomer(owner, id, { name: 'Bea' });
    await owner.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(receiver.received[0]!.event).toMatchObject({ type: 'customer.deleted', data: { recordId: id } });
  });

  test('begins with what its own document changes after it', async () => {
    const { owner, receiver, url } = await hooked({ recordTypes: ['LEAD'] });
    const { before, after } = await owner.request<Record<string, { id: string }>>(Several, { url: `${url}/own` });
    const { id: later } = await newCustomer(owner);
    await eventually(() => expect(receiver.about(later)).toHaveLength(1));
    // One transaction is either before a position or behind it.
    expect([before, after].map((one) => receiver.about(one!.id).length)).toEqual([1, 1]);
  });

  test('has at most five requests under way', async () => {
    const { owner, receiver } = await hooked();
    receiver.manner = (_, response) => setTimeout(() => response.writeHead(200).end(), 150);
    await owner.request(
      gql`mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { summary { created } } }`,
      {
        rows: Array.from({ length: 30 }, (_, n) => ({ input: { name: `C${n}`, email: `c${n}@hooks.example` } })),
      },
    );
    await eventually(() => expect(receiver.received).toHaveLength(30));
    expect(receiver.mostOpen).toBe(5);
  });

  test('keeps its own organization to itself', async () => {
    const [one, other] = await Promise.all([hooked({}), hooked({})]);
    const { id } = await newCustomer(one.owner);
    const { id: theirs } = await newCustomer(other.owner);
    await eventually(() => expect(one.receiver.about(id)).toHaveLength(1));
    await eventually(() => expect(other.receiver.about(theirs)).toHaveLength(1));
    expect([one.receiver.about(theirs), other.receiver.about(id)]).toEqual([[], []]);
  });

  test('reads beside others of its organization', async () => {
    const { owner, receiver, url } = await hooked();
    await newWebhook(owner, { url: `${url}/second` });
    const { id } = await newCustomer(owner);
    await eventually(() => expect(receiver.about(id)).toHaveLength(2));
    expect(
      receiver
        .about(id)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/', '/second']);
  });
});
