import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { freshEmail, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually, settled } from '../support/eventually.js';
import { type Held, hold, waiting as waitingForLocks } from '../support/locks.js';
import { walk } from '../support/log.js';
import { isSigned, newReceiver } from '../support/receiver.js';
import { deliveriesOf, type Hooked, hooked, Redeliver, timePasses, timeStands } from '../support/webhooks.js';

const Disable = gql`mutation ($id: ID!) { disableWebhook(id: $id) { isActive } }`;
const Enable = gql`mutation ($id: ID!) { enableWebhook(id: $id) { isActive } }`;
const Update = gql`
  mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { url } }
`;
const CreateCustomers = gql`mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { mode } }`;
const Rotate = gql`mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret } }`;
const Replay = gql`mutation ($id: ID!, $after: String!) { replayWebhook(id: $id, after: $after) { id } }`;

/** Longer than a server sends to one webhook. */
const quiet = 3_500;

/** Creates customers whose first tries fail. */
async function waiting(world: Hooked, count: number): Promise<void> {
  world.receiver.answer(500);
  for (let n = 0; n < count; n += 1) await newCustomer(world.owner);
  await eventually(async () =>
    expect((await deliveriesOf(world)).filter(({ tries }) => tries === 1)).toHaveLength(count),
  );
}

/** Lets a statement that ends a run wait when it has begun, and thus has its snapshot. */
async function holdEnds({ id }: Hooked): Promise<Held> {
  await sql(`
    create function wait_at_end() returns trigger language plpgsql security definer as $$
      begin
        if current_query() ~ 'lease_ends_at = null,\\s+is_behind' then
          perform from webhook_secrets where webhook_id = '${id}' for share;
        end if;
        return null;
      end
    $$;
    create trigger wait_at_end before update on webhook_readers for each statement execute function wait_at_end()`);
  const held = await hold('select from webhook_secrets where webhook_id = $1', [id]);
  return {
    async letGo() {
      await held.letGo();
      await sql('drop function wait_at_end() cascade');
    },
  };
}

describe('a server that is sending what waits', () => {
  test('sends nothing again once the webhook is disabled, and goes on when it is enabled', async () => {
    const world = await hooked();
    const { owner, receiver, id } = world;
    await waiting(world, 1);
    receiver.manner = async (_, response) => {
      await owner.request(Disable, { id });
      response.writeHead(500).end();
    };
    await timePasses(world);
    await eventually(() => expect(receiver.received).toHaveLength(2));
    await settled(() => receiver.received.length, { quiet });
    expect(receiver.received).toHaveLength(2);
    receiver.accept();
    await owner.request(Enable, { id });
    await eventually(async () => expect(await deliveriesOf(world)).toMatchObject([{ status: 'DELIVERED' }]));
  });

  test('begins no further request to an address that was replaced', async () => {
    const world = await hooked();
    const { owner, receiver, id } = world;
    await waiting(world, 12);
    const other = await newReceiver();
    const replaced = Promise.withResolvers<void>();
    let isFirst = true;
    receiver.manner = async (_, response) => {
      if (isFirst) {
        isFirst = false;
        replaced.resolve(owner.request(Update, { id, input: { url: other.url } }).then(() => undefined));
      }
      await replaced.promise;
      response.writeHead(204).end();
    };
    await timePasses(world);
    await eventually(() => expect(new Set(other.receiver.received.map((one) => one.id)).size).toBe(12));
    await settled(() => receiver.received.length, { quiet });
    // Five are under way while the address is replaced.
    expect(receiver.received.length).toBeLessThanOrEqual(12 + 5);
  });

  test('signs with a new secret as well from the next changes that it reads', async () => {
    const world = await hooked();
    const { owner, receiver, id } = world;
    const rotated = Promise.withResolvers<string>();
    receiver.manner = async (_, response) => {
      receiver.accept();
      const { rotateWebhookSecret } = await owner.request<{ rotateWebhookSecret: { secret: string } }>(Rotate, { id });
      rotated.resolve(rotateWebhookSecret.secret);
      response.writeHead(204).end();
    };
    const rows = Array.from({ length: 200 }, () => ({ input: { email: freshEmail() } }));
    await owner.request(CreateCustomers, { rows });
    const secret = await rotated.promise;
    await eventually(() => expect(new Set(receiver.received.map((one) => one.id)).size).toBe(200));
    const byOld = receiver.received.filter((one) => !isSigned(one, secret));
    // Those that were read with the first one.
    expect(byOld.length).toBeLessThanOrEqual(25);
    expect(receiver.received.every((one) => isSigned(one, world.secret))).toBe(true);
  });

  test('tries again at once what is redelivered while a try is under way, even the last one', async () => {
    for (const tries of [1, 7]) {
      const world = await hooked();
      const { owner, receiver, id } = world;
      await waiting(world, 1);
      const [delivery] = await deliveriesOf(world);
      await sql('update webhook_deliveries set tries = $2 where webhook_id = $1', [id, tries]);
      receiver.manner = async (_, response) => {
        receiver.accept();
        await owner.request(Redeliver, { id: delivery!.id });
        response.writeHead(500).end();
      };
      await timePasses(world);
      await eventually(async () =>
        expect(await deliveriesOf(world)).toMatchObject([{ status: 'DELIVERED', tries: tries + 2 }]),
      );
    }
  });

  test('notes no try over a replay', async () => {
    const world = await hooked();
    const { owner, receiver, id } = world;
    const { cursor } = await walk(owner);
    await waiting(world, 1);
    receiver.manner = async (_, response) => {
      receiver.accept();
      await owner.request(Replay, { id, after: cursor });
      response.writeHead(500).end();
    };
    await timePasses(world);
    await eventually(async () =>
      expect(await deliveriesOf(world)).toMatchObject([{ status: 'DELIVERED', tries: 2, httpStatus: 204 }]),
    );
    expect(receiver.received).toHaveLength(3);
  });

  test('comes back for what is redelivered just as it ends', async () => {
    const world = await hooked();
    const { owner, receiver } = world;
    await waiting(world, 1);
    await timeStands(world);
    receiver.accept();
    const ending = await holdEnds(world);
    let redelivered: Promise<unknown> | undefined;
    try {
      await newCustomer(owner);
      await waitingForLocks(1);
      const [delivery] = await deliveriesOf(world);
      redelivered = owner.request(Redeliver, { id: delivery!.id });
      await Promise.race([redelivered, waitingForLocks(2)]);
    } finally {
      await ending.letGo();
    }
    await redelivered;
    await eventually(async () => expect(await deliveriesOf(world)).toMatchObject([{ status: 'DELIVERED', tries: 2 }]));
  });
});
