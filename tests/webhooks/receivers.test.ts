import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { newCustomer } from '../support/customers.js';
import { eventually } from '../support/eventually.js';
import { walk } from '../support/log.js';
import { newReceiver } from '../support/receiver.js';
import { deliveriesOf, hooked, timePasses } from '../support/webhooks.js';

const Replay = gql`mutation ($id: ID!, $after: String!) { replayWebhook(id: $id, after: $after) { id } }`;

describe('a receiver', () => {
  test('that hangs is left after ten seconds, and others are served meanwhile', async () => {
    const [slow, other] = await Promise.all([hooked(), hooked()]);
    slow.receiver.manner = () => undefined;
    await newCustomer(slow.owner);
    await eventually(() => expect(slow.receiver.open).toBe(1));
    const { id } = await newCustomer(other.owner);
    await eventually(() => expect(other.receiver.about(id)).toHaveLength(1));
    expect(slow.receiver.open).toBe(1);
    await eventually(async () => expect(await deliveriesOf(slow)).toHaveLength(1));
    expect(await deliveriesOf(slow)).toMatchObject([
      { status: 'WAITING', httpStatus: null, fault: 'The receiver took longer than 10 s' },
    ]);
    expect(slow.receiver.open).toBe(0);
  });

  test('that answers without an end is cut off, and has accepted the message', async () => {
    const world = await hooked();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    world.receiver.manner = (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (sent < 1024 ** 3 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
      };
      more();
    };
    await newCustomer(world.owner);
    await eventually(() => expect([world.receiver.received.length, world.receiver.open]).toEqual([1, 0]));
    expect(sent).toBeLessThan(16 * 1024 ** 2);
    const { id } = await newCustomer(world.owner);
    await eventually(() => expect(world.receiver.about(id)).toHaveLength(1));
    expect(await deliveriesOf(world)).toEqual([]);
  });

  test('that switches to another protocol has not accepted the message', async () => {
    const world = await hooked();
    world.receiver.manner = (_, { socket }) =>
      socket!.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    await newCustomer(world.owner);
    await eventually(async () =>
      expect(await deliveriesOf(world)).toMatchObject([
        { status: 'WAITING', tries: 1, fault: expect.stringContaining('must not switch protocols') },
      ]),
    );
    world.receiver.accept();
    await timePasses(world);
    await eventually(async () => expect(await deliveriesOf(world)).toMatchObject([{ status: 'DELIVERED' }]));
  });

  test('that resets the connection gets the message again', async () => {
    const world = await hooked();
    world.receiver.manner = (_, response) => response.socket!.resetAndDestroy();
    const { id } = await newCustomer(world.owner);
    await eventually(async () =>
      expect(await deliveriesOf(world)).toMatchObject([{ status: 'WAITING', httpStatus: null, recordId: id }]),
    );
    world.receiver.accept();
    await timePasses(world);
    await eventually(() => expect(world.receiver.about(id)).toHaveLength(2));
  });

  test('that redirects is not followed', async () => {
    const world = await hooked();
    const elsewhere = await newReceiver();
    world.receiver.answer(307, 'moved', { location: elsewhere.url });
    await newCustomer(world.owner);
    await eventually(async () =>
      expect(await deliveriesOf(world)).toMatchObject([{ status: 'WAITING', httpStatus: 307, answer: 'moved' }]),
    );
    expect(elsewhere.receiver.received).toEqual([]);
  });

  test('gets everything after a cursor again, under the same ids', async () => {
    const world = await hooked();
    const { owner, receiver } = world;
    await newCustomer(owner);
    const { cursor } = await walk(owner);
    const ids = [(await newCustomer(owner)).id, (await newCustomer(owner)).id];
    await eventually(() => expect(receiver.received).toHaveLength(3));
    await owner.request(Replay, { id: world.id, after: cursor });
    await eventually(() => expect(receiver.received).toHaveLength(5));
    const again = receiver.received.slice(3);
    expect(again.map(({ event }) => event.data.recordId)).toEqual(ids);
    expect(again.map(({ id }) => id)).toEqual(receiver.received.slice(1, 3).map(({ id }) => id));
  });

  test('gets a change that was given up again by a replay, which settles its delivery', async () => {
    const world = await hooked();
    const { owner, receiver } = world;
    const { changeCursor } = await owner.request<{ changeCursor: string }>('{ changeCursor }');
    receiver.answer(500);
    const { id } = await newCustomer(owner);
    for (let tries = 1; tries <= 8; tries += 1) {
      await eventually(async () => expect((await deliveriesOf(world))[0]?.tries).toBe(tries));
      await timePasses(world);
    }
    receiver.accept();
    await owner.request(Replay, { id: world.id, after: changeCursor });
    await eventually(() => expect(receiver.about(id)).toHaveLength(9));
    await eventually(async () => expect(await deliveriesOf(world)).toMatchObject([{ status: 'DELIVERED' }]));
  });
});
