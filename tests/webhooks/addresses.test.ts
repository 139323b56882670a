import { networkInterfaces } from 'node:os';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Sender } from '../../src/log/webhooks/send.js';
import { isAllowed, lookupAllowed, loopback, networksOf, noNetworks } from '../../src/platform/outgoing-addresses.js';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { newReceiver, type Receiver } from '../support/receiver.js';
import { refusal } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';
import { CreateWebhook, deliveriesOf, newWebhook } from '../support/webhooks.js';

const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));

describe('an address', () => {
  test.each([
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254'],
    ...['100.64.0.1', '192.0.0.1', '198.18.0.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::ffff:0:7f00:1'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'fec0::1'],
    ...['ff02::1', '2001:db8::1', '100::1', '4000::1', 'nonsense', ''],
    ...own,
  ])('that is not public is refused: %s', (address) => {
    expect(isAllowed(address, noNetworks)).toBe(false);
  });

  test.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8'])(
    'that is public is allowed: %s',
    (address) => {
      expect(isAllowed(address, noNetworks)).toBe(true);
    },
  );

  test('in a named network is allowed, also as IPv6 writes it', () => {
    const networks = networksOf('127.0.0.0/8, fd00::/8');
    const all = ['127.0.0.1', '::ffff:127.0.0.1', 'fd00::1', '10.0.0.1', '::1'];
    expect(all.map((address) => isAllowed(address, networks))).toEqual([true, true, true, false, false]);
  });

  test.each(['', '127.0.0.1/33', '127.0.0.1/8/8', 'localhost', '10.0.0.0/x'])('that is no network: %j', (text) => {
    expect(() => networksOf(text)).toThrow(/must list networks/);
  });

  test('of a name is refused when it is looked up, which sockets do once', async () => {
    const found = new Promise((resolve) => lookupAllowed(noNetworks)('localhost', { all: true }, resolve));
    expect(await found).toMatchObject({ message: expect.stringContaining('not public') });
  });
});

describe('a sender', () => {
  test.each(['localhost', '127.0.0.1', '[::ffff:127.0.0.1]'])('connects to no inner address: %s', async (host) => {
    const { receiver, url } = await newReceiver();
    const sender = new Sender(new URL(`http://${host}:${new URL(url).port}`), {
      networks: noNetworks,
      httpsOnly: false,
    });
    const tried = await sender.send('{}', {});
    sender.close();
    expect(tried).toMatchObject({ httpStatus: null, fault: expect.stringContaining('not public') });
    expect(receiver.connections).toBe(0);
  });

  test('connects without encryption only where that is allowed', async () => {
    const { receiver, url } = await newReceiver();
    const sender = new Sender(new URL(url), { networks: loopback, httpsOnly: true });
    expect(await sender.send('{}', {})).toMatchObject({ fault: 'The address is not https' });
    sender.close();
    expect(receiver.connections).toBe(0);
  });
});

describe('a webhook to an address that is not public', () => {
  let tenant: Tenant;
  let receiver: Receiver;
  let port: string;
  beforeAll(async () => {
    tenant = await newTenant();
    const made = await newReceiver();
    receiver = made.receiver;
    ({ port } = new URL(made.url));
  });

  // The servers of tests may send to 127.0.0.0/8 and ::1; the machine has other addresses of its own.
  test.each(['[::7f00:1]', '0.0.0.0', '[::]', '10.255.255.1', '169.254.169.254', '[fe80::1]', '[::ffff:10.0.0.1]'])(
    'reaches nothing: %s',
    async (host) => {
      const webhook = await newWebhook(tenant.owner, { url: `http://${host}:${port}`, recordTypes: ['CUSTOMER'] });
      await newCustomer(tenant.owner);
      await eventually(async () =>
        expect(await deliveriesOf({ owner: tenant.owner, ...webhook })).toMatchObject([
          { fault: 'The address is not public; webhooks send to public addresses only', httpStatus: null },
        ]),
      );
      expect(receiver.connections).toBe(0);
      await sql('delete from webhooks where id = $1', [webhook.id]);
    },
  );

  test.each(['ftp://a.example', 'a.example', 'http://user:password@a.example', 'javascript:alert(1)'])(
    'is refused if it is no URL of the web: %s',
    async (url) => {
      expect(await refusal(tenant.owner.request(CreateWebhook, { input: { url } }))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.url', code: 'INVALID' }],
      });
    },
  );
});
