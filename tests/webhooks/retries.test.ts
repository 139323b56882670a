import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { changeCustomer, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { isSigned } from '../support/receiver.js';
import { deliveriesOf, type Hooked, hooked, Redeliver, timePasses, timeStands } from '../support/webhooks.js';

const Rotate = gql`mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret webhook { id secretPrefix version } } }`;

/** Waits until the newest delivery has had this many tries. */
const tried = (world: Hooked, tries: number) =>
  eventually(async () => expect((await deliveriesOf(world))[0]?.tries).toBe(tries));

/** Seconds from the last try of the only delivery to the next one. */
async function waitOf({ id }: Hooked): Promise<number> {
  const [row] = await sql<{ wait: number }>(
    `select extract(epoch from next_try_at - tried_at)::float as wait from webhook_deliveries where webhook_id = $1`,
    [id],
  );
  return row!.wait;
}

/** Lets all tries of a customer's creation fail. */
async function failed(world: Hooked): Promise<string> {
  world.receiver.answer(500);
  const { id } = await newCustomer(world.owner);
  await tried(world, 1);
  for (let tries = 2; tries <= 8; tries += 1) {
    await timePasses(world);
    await tried(world, tries);
  }
  return id;
}

describe('a message that was not accepted', () => {
  test('is sent again under the same id, and shown with the answer', async () => {
    const world = await hooked();
    const { owner, receiver, secret } = world;
    receiver.answer(503, `no\0${'x'.repeat(5000)}`);
    const { id } = await newCustomer(owner);
    await tried(world, 1);
    const [waiting] = await deliveriesOf(world);
    expect(waiting).toMatchObject({
      status: 'WAITING',
      recordId: id,
      messageId: receiver.received[0]!.id,
      httpStatus: 503,
      durationMs: expect.any(Number),
      answer: `no\u{FFFD}${'x'.repeat(1021)}`,
      fault: 'The receiver answered 503',
      nextTryAt: expect.any(String),
      endedAt: null,
    });
    receiver.accept();
    await timePasses(world);
    await eventually(async () => expect((await deliveriesOf(world))[0]?.status).toBe('DELIVERED'));
    expect((await deliveriesOf(world))[0]).toMatchObject({ tries: 2, httpStatus: 204, answer: '', fault: null });
    const [first, second] = receiver.about(id);
    expect(second).toMatchObject({ id: first!.id, event: { data: first!.event.data } });
    expect(isSigned(second!, secret)).toBe(true);
  });

  test('is due again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, a fifth more or less', async () => {
    const world = await hooked();
    world.receiver.answer(500);
    await newCustomer(world.owner);
    for (const [n, wait] of [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].entries()) {
      await tried(world, n + 1);
      const due = await waitOf(world);
      expect(due).toBeGreaterThan(0.8 * wait);
      expect(due).toBeLessThan(1.2 * wait + 10);
      await timePasses(world);
    }
    await tried(world, 8);
    expect((await deliveriesOf(world))[0]).toMatchObject({ status: 'FAILED', nextTryAt: null });
  });

  test('holds later changes of its record, and no others', async () => {
    const world = await hooked();
    const { owner, receiver } = world;
    receiver.manner = ({ event }, response) =>
      response.writeHead(JSON.stringify(event).includes('Stuck') ? 500 : 200).end();
    const { id: stuck } = await newCustomer(owner, { name: 'Stuck' });
    await tried(world, 1);
    await timeStands(world);
    await changeCustomer(owner, stuck, { name: 'Two' });
    await changeCustomer(owner, stuck, { name: 'Three' });
    const { id: other } = await newCustomer(owner, { name: 'Other' });
    await changeCustomer(owner, other, { name: 'Another' });
    await eventually(() => expect(receiver.about(other)).toHaveLength(2));
    expect(receiver.about(stuck)).toHaveLength(1);
    expect((await deliveriesOf(world)).map(({ tries }) => tries)).toEqual([0, 0, 1]);
    receiver.accept();
    await timePasses(world);
    await eventually(() => expect(receiver.about(stuck)).toHaveLength(4));
    expect(receiver.about(stuck).map(({ event }) => event.data.version)).toEqual([1, 1, 2, 3]);
    await eventually(async () => expect(await deliveriesOf(world)).toMatchObject([{ status: 'DELIVERED', tries: 2 }]));
  });

  test('tells nothing more of a record that was erased, nor does its delivery', async () => {
    const world = await hooked();
    const { owner, receiver } = world;
    receiver.manner = ({ body }, response) => response.writeHead(500).end(body);
    const { id } = await newCustomer(owner, { name: 'Ada Secret' });
    await tried(world, 1);
    expect((await deliveriesOf(world))[0]!.answer).toContain('Ada Secret');
    await owner.request(gql`mutation ($id: ID!) { eraseRecord(type: CUSTOMER, id: $id) { id } }`, { id });
    expect(JSON.stringify(await deliveriesOf(world))).not.toContain('Secret');
    receiver.accept();
    await timePasses(world);
    await eventually(() => expect(receiver.about(id)).toHaveLength(4));
    const [, ...later] = receiver.about(id);
    for (const { event } of later) expect(event.data).toMatchObject({ isErased: true, fields: [] });
  });

  test('is given up after eight tries, and the next change of its record goes on', async () => {
    const world = await hooked();
    const { owner, receiver } = world;
    const id = await failed(world);
    expect(await deliveriesOf(world)).toMatchObject([{ status: 'FAILED', tries: 8, endedAt: expect.any(String) }]);
    receiver.accept();
    await changeCustomer(owner, id, { name: 'Two' });
    await eventually(() => expect(receiver.about(id).at(-1)!.event.data.version).toBe(2));
  });

  test('is sent again by hand under the same id once it was given up, and its tries go on counting', async () => {
    const world = await hooked();
    const { owner, receiver } = world;
    const id = await failed(world);
    const [delivery] = await deliveriesOf(world);
    const { redeliverWebhookDelivery } = await owner.request<{ redeliverWebhookDelivery: object }>(Redeliver, {
      id: delivery!.id,
    });
    expect(redeliverWebhookDelivery).toEqual({ id: delivery!.id, status: 'WAITING', tries: 8 });
    await tried(world, 9);
    expect(await waitOf(world)).toBeLessThan(1.2 * 5);
    receiver.accept();
    await timePasses(world);
    await eventually(async () =>
      expect(await deliveriesOf(world)).toMatchObject([
        { id: delivery!.id, status: 'DELIVERED', tries: 10, httpStatus: 204, fault: null },
      ]),
    );
    expect(receiver.about(id)).toHaveLength(10);
    expect(new Set(receiver.about(id).map((one) => one.id)).size).toBe(1);
  });

  test('is given up again after eight further tries', async () => {
    const world = await hooked();
    await failed(world);
    const [delivery] = await deliveriesOf(world);
    await world.owner.request(Redeliver, { id: delivery!.id });
    for (let tries = 9; tries <= 15; tries += 1) {
      await tried(world, tries);
      await timePasses(world);
    }
    await eventually(async () => expect(await deliveriesOf(world)).toMatchObject([{ status: 'FAILED', tries: 16 }]));
  });

  test('has signatures of both secrets once the secret was rotated meanwhile', async () => {
    const world = await hooked();
    const { owner, receiver, secret } = world;
    receiver.answer(500);
    await newCustomer(owner);
    await tried(world, 1);
    await timeStands(world);
    const { rotateWebhookSecret: rotated } = await owner.request<{
      rotateWebhookSecret: { secret: string; webhook: { secretPrefix: string; version: number } };
    }>(Rotate, { id: world.id });
    expect(rotated.webhook).toMatchObject({ secretPrefix: rotated.secret.slice(0, 12), version: 2 });
    await timePasses(world);
    await tried(world, 2);
    const [first, second] = receiver.received;
    const signed = [secret, rotated.secret].map((one) => [isSigned(first!, one), isSigned(second!, one)]);
    expect(signed).toEqual([
      [true, true],
      [false, true],
    ]);
    await sql(`update webhook_secrets set expires_at = now() where webhook_id = $1 and expires_at is not null`, [
      world.id,
    ]);
    receiver.accept();
    await timePasses(world);
    await eventually(() => expect(receiver.received).toHaveLength(3));
    expect([secret, rotated.secret].map((one) => isSigned(receiver.received[2]!, one))).toEqual([false, true]);
  });
});
