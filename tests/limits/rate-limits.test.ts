import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { readConfig } from '../../src/platform/config.js';
import { sender } from '../support/busy-server.js';
import type { Answer } from '../support/http.js';
import { anotherServer } from '../support/server.js';
import { newAccount } from '../support/sign-in.js';
import { newTenant, password } from '../support/tenant.js';

const Count = '{ customers { totalCount } }';
const Codes = '{ errorCodes { code } }';
const SignIn = `mutation { login(input: { username: "nobody-${v7()}", password: "wrong-password" }) { accessToken } }`;

function expectTooMany({ status, headers, data, errors }: Answer): void {
  expect({ status, data, errors }).toMatchObject({
    status: 429,
    errors: [{ extensions: { code: 'RATE_LIMITED', reason: 'TOO_MANY_REQUESTS' } }],
  });
  expect(data).toBeUndefined();
  expectWait({ headers, errors });
}

function expectWait({ headers, errors }: Pick<Answer, 'headers' | 'errors'>): void {
  const seconds = Number(headers.get('retry-after'));
  expect(seconds).toBe(Math.ceil(Number(errors![0]!.extensions.retryAfterMs) / 1000));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60);
}

describe('requests in a minute', () => {
  test('are limited for each session, which is told what is left', async () => {
    const send = sender(await anotherServer({ REQUESTS_PER_MINUTE: '2' }));
    const [busy, other] = [await newTenant(), await newTenant()];
    // A token that the server sees for the first time counts by its address.
    const first = await send(busy.owner, Count);
    expect(first.headers.get('ratelimit-policy')).toBe('"anonymous";q=1200;w=60');
    const left = [];
    for (let n = 0; n < 2; n += 1) {
      const { status, headers } = await send(busy.owner, Count);
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toBe('"requests";q=2;w=60');
      left.push(/^"requests";r=(\d);t=\d+$/.exec(headers.get('ratelimit')!)?.[1]);
    }
    expect(left).toEqual(['1', '0']);
    expectTooMany(await send(busy.owner, Count));
    await send(other.owner, Count);
    expect(await send(other.owner, Count)).toMatchObject({ status: 200 });
  });

  test('without a valid token are limited for each address', async () => {
    const send = sender(await anotherServer({ ANONYMOUS_REQUESTS_PER_MINUTE: '2' }));
    expect(await send(null, Codes)).toMatchObject({ status: 200 });
    expect(await send({ token: 'nonsense' }, Codes)).toMatchObject({ status: 200 });
    expectTooMany(await send(null, Codes));
    expectTooMany(await send({ token: 'other nonsense' }, Codes));
  });

  test.each([
    ['sign-ins', 'SIGN_INS_PER_MINUTE', SignIn],
    ['refreshes', 'REFRESHES_PER_MINUTE', 'mutation { refreshSession(refreshToken: "nonsense") { accessToken } }'],
  ])('%s are limited for each address, in an answer that clients read', async (name, variable, mutation) => {
    const send = sender(await anotherServer({ [variable]: '1' }));
    const first = await send(null, mutation);
    expect(first.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(first.headers.get('ratelimit')).toContain(`"${name}";r=0;t=60`);
    const second = await send(null, mutation);
    expect(second).toMatchObject({ status: 200, errors: [{ extensions: { reason: 'TOO_MANY_REQUESTS' } }] });
    expectWait(second);
  });

  test('registrations are limited for each address', async () => {
    const send = sender(await anotherServer({ REGISTRATIONS_PER_MINUTE: '1' }));
    const register = () => {
      const { email, username } = newAccount();
      const account = `email: "${email}", username: "${username}", password: "${password}"`;
      return send(null, `mutation { register(input: { ${account}, firstName: "P", lastName: "Q" }) { accessToken } }`);
    };
    expect((await register()).data).toHaveProperty('register.accessToken');
    expect((await register()).errors).toMatchObject([{ extensions: { reason: 'TOO_MANY_REQUESTS' } }]);
  });
});

describe('X-Forwarded-For', () => {
  const attempts = async (TRUST_PROXY: string, addresses: string[]) => {
    const send = sender(await anotherServer({ ANONYMOUS_REQUESTS_PER_MINUTE: '1', TRUST_PROXY }));
    const statuses = [];
    for (const address of addresses)
      statuses.push((await send(null, Codes, { headers: { 'x-forwarded-for': address } })).status);
    return statuses;
  };

  test.each([
    ['no proxy is trusted', 'false', ['192.0.2.1', '192.0.2.2']],
    [
      'a client adds addresses before the one of the only proxy',
      'true',
      ['192.0.2.1, 192.0.2.9', '192.0.2.2, 192.0.2.9'],
    ],
    [
      'a client adds addresses before those of two proxies',
      '2',
      ['1.1.1.1, 192.0.2.9, 10.0.0.1', '192.0.2.9, 10.0.0.1'],
    ],
    ['the sender is none of the trusted proxies', '10.0.0.0/8', ['192.0.2.1', '192.0.2.2']],
    [
      'a trusted proxy says whence it came',
      '127.0.0.0/8, 10.0.0.0/8',
      ['1.1.1.1, 192.0.2.9, 10.0.0.1', '2.2.2.2, 192.0.2.9'],
    ],
    ['a client has many addresses in its network', '1', ['2001:db8:1:2::1', '2001:db8:1:2:ffff::2']],
  ])('does not evade the limits: %s', async (_name, trusted, addresses) => {
    expect(await attempts(trusted, addresses)).toEqual([200, 429]);
  });

  test.each([
    ['1', ['192.0.2.1', '192.0.2.2']],
    ['127.0.0.1', ['192.0.2.1', '1.1.1.1, 192.0.2.2']],
  ])('tells clients behind a trusted proxy apart: %s', async (trusted, addresses) => {
    expect(await attempts(trusted, addresses)).toEqual([200, 200]);
  });

  test.each(['yes', '0', '10', '1.5', '10.0.0.0/33', '10.0.0/8', '0.0.0.0/0', '::/129', '10.0.0.1,', 'loopback'])(
    'TRUST_PROXY=%s is refused',
    (text) => {
      expect(() => readConfig({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY must be true, false, a number/);
    },
  );
});
