import { beforeAll, expect, test } from '@jest/globals';
import { eventually, settled } from '../support/eventually.js';
import { deliveredBy, hookedOwner, ownDatabase, type ServerProcess } from '../support/hook-servers.js';
import { mailServer } from '../support/mail-server.js';
import { isSigned, newReceiver } from '../support/receiver.js';

const mails = mailServer();
let one: ServerProcess;
let start: Awaited<ReturnType<typeof ownDatabase>>['start'];

beforeAll(async () => {
  ({ start } = await ownDatabase());
  const mail = { MAIL_URL: await mails.listen(), MAIL_FROM: 'crm@example.com', APP_URL: 'https://app.example.com' };
  one = await start(mail);
});

test('owners are told by mail when a webhook is disabled', async () => {
  const { receiver, url } = await newReceiver();
  receiver.answer(410);
  const owner = await hookedOwner(one, url);
  await owner.create(1, one);
  const subject = 'Subject: A webhook of Hooks was disabled';
  const find = () => mails.letters.find(({ to, source }) => to.includes(owner.email) && source.includes(subject));
  await eventually(() => expect(find()).toBeDefined());
  expect(find()!.source).toContain(new URL(url).host);
});

test('a server that is killed between sending and marking sends again under the same ids, and skips none', async () => {
  const { receiver, url } = await newReceiver();
  const owner = await hookedOwner(one, url);
  receiver.manner = (_, response) => {
    if (receiver.received.length === 8) one.child.kill('SIGKILL');
    if (receiver.received.length < 8) response.writeHead(200).end();
  };
  const ids = await owner.create(40, one);
  await one.ended;
  receiver.accept();
  const early = receiver.received.length;
  expect(early).toBeLessThan(40);
  one = await start();
  await eventually(() => expect(new Set(receiver.received.map(({ event }) => event.data.recordId)).size).toBe(40), {
    within: 40_000,
  });
  await settled(() => receiver.received.length);
  expect(new Set(receiver.received.map(({ event }) => event.data.recordId))).toEqual(new Set(ids));
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(40);
  expect(receiver.received.length).toBeGreaterThan(40);
  for (const message of receiver.received) expect(isSigned(message, owner.secret)).toBe(true);
});

test('two servers share the work, and send nothing twice', async () => {
  const another = await start();
  const made = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const { receiver, url } = await newReceiver();
      return { receiver, owner: await hookedOwner(one, url) };
    }),
  );
  const counts = () => Promise.all([deliveredBy(one), deliveredBy(another)]);
  const before = await counts();
  let perWebhook = 0;
  await eventually(
    async () => {
      await Promise.all(made.flatMap(({ owner }) => [owner.create(15, one), owner.create(15, another)]));
      perWebhook += 30;
      const shares = await counts();
      expect(shares.every((count, server) => count > before[server]!)).toBe(true);
    },
    { within: 30_000, every: 300 },
  );
  const all = made.map(() => perWebhook);
  await eventually(() => expect(made.map(({ receiver }) => receiver.received.length)).toEqual(all), { within: 30_000 });
  await settled(() => made.map(({ receiver }) => receiver.received.length), { quiet: 2_500 });
  for (const { receiver } of made) expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(perWebhook);
  another.child.kill('SIGTERM');
  expect(await another.ended).toBe(0);
});
