import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sql } from './support/database.js';
import { type Ended, file, folder, freePort, network, refusing, type Seen, script } from './support/scripts.js';
import { origin } from './support/server.js';
import { newTenant, password } from './support/tenant.js';

const nobody = { username: 'nobody' };
const row = 'externalId,name,email\nX-1,Private Person,private@csv.example\n';

/** Each script with operands that would make it begin. */
const scripts: [string, () => string[]][] = [
  ['upsert-customers', () => [file(row)]],
  ['hand-over-overdue-deals', () => ['from', 'to']],
  ['export-list', () => ['customers']],
  ['mirror-customers', () => [join(folder, 'copy.json')]],
];

interface ErrorCode {
  code: string;
  retryable: boolean;
  reasons: string[];
}

const isAbout =
  (...operations: string[]) =>
  ({ operation }: Seen) =>
    operations.includes(operation);

/** One sentence for people: no stack, no password, no row. */
function expectSentence({ stderr, stdout }: Ended, words: string | RegExp): void {
  expect(stderr).toMatch(/^[a-z-]+: .+\n$/);
  expect(stderr).toMatch(words);
  for (const secret of [password, 'Private', 'private@', 'node:internal', ' at file:'])
    expect(stdout + stderr).not.toContain(secret);
}

describe.each(scripts)('%s', (name, operands) => {
  test('tells how it is called, what the environment says and what it ends with', async () => {
    const { code, stdout, stderr } = await script(name, ['--help'], nobody);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const words of [`node tests/scripts/${name}.mjs `, 'CRM_API_KEY', 'CRM_PASSWORD', 'Exit code: 0 '])
      expect(stdout).toContain(words);
  });

  test.each([
    ['no operands', () => [], 'is missing', {}],
    ['an unknown option', () => [...operands(), '--colour'], "Unknown option '--colour'", {}],
    ['an operand too many', () => [...operands(), 'more'], '"more" is one operand too many', {}],
    ['no user', operands, 'CRM_USERNAME is not set, and neither is CRM_API_KEY', { CRM_USERNAME: '' }],
    ['no password', operands, 'CRM_PASSWORD is not set, and neither is CRM_API_KEY', { CRM_PASSWORD: undefined }],
    ['a password in the address', operands, 'must not hold', { CRM_URL: `http://a:${password}@127.0.0.1/graphql` }],
    ['no address', operands, 'CRM_URL must be an address', { CRM_URL: 'localhost' }],
  ])('ends with 2 when it gets %s', async (_, args, words, env) => {
    const ended = await script(name, args(), nobody, env);
    expect(ended.code).toBe(2);
    expectSentence(ended, words);
  });

  test('ends with 1 when it is not let in, and keeps the password to itself', async () => {
    const ended = await script(name, operands(), nobody);
    expect(ended.code).toBe(1);
    expectSentence(ended, 'The server refuses to sign nobody in');
  });

  test.each(['bad', 'tgc_bad'])('ends with 1 when its API key is refused: %s', async (key) => {
    const ended = await script(name, operands(), nobody, { CRM_API_KEY: key });
    expect(ended.code).toBe(1);
    expectSentence(ended, 'The server refuses the API key; check CRM_API_KEY');
  });

  test('ends with 1 at once without a server', async () => {
    const ended = await script(name, operands(), nobody, { CRM_URL: `http://127.0.0.1:${await freePort()}/graphql` });
    expect(ended.code).toBe(1);
    expectSentence(ended, 'cannot be reached');
  });

  test('ends with 1 when something else answers', async () => {
    const page = await network(() => ({ body: '<html>Private</html>' }));
    const missing = await network(() => ({ status: 404, body: '<html>Private</html>' }));
    for (const url of [page.url, missing.url, `${origin}/nowhere`]) {
      const ended = await script(name, operands(), nobody, { CRM_URL: url });
      expect(ended.code).toBe(1);
      expectSentence(ended, 'check CRM_URL');
    }
  });
});

describe('a request that does not succeed at once', () => {
  const customers = (organizationId: string) =>
    sql<{ external_id: string; version: number }>('select * from customers where organization_id = $1', [
      organizationId,
    ]);

  test.each([
    ['is rate limited', refusing('RATE_LIMITED', { retryAfterMs: 50 })],
    ['meets a server that is shutting down', { status: 503, headers: { 'retry-after': '0' }, body: '<html>' }],
    ['ran out of time', refusing('TIMEOUT')],
    ['is still running', refusing('IDEMPOTENCY_IN_PROGRESS')],
    ['is lost', 'lost' as const],
    ['is done, and its answer lost', 'answer lost' as const],
  ])('is sent again under the same key when it %s', async (_, fate) => {
    const { id, owner } = await newTenant();
    const { url, seen } = await network(({ operation }, count) =>
      operation === 'UpsertCustomers' && count === 1 ? fate : 'pass',
    );
    const ended = await script('upsert-customers', [file(row)], owner, { CRM_URL: url });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual({ created: 1, updated: 0, unchanged: 0, refused: 0 });
    const sent = seen.filter(({ operation }) => operation === 'UpsertCustomers');
    expect(sent).toHaveLength(2);
    expect(sent[1]!.key).toBe(sent[0]!.key);
    expect(await customers(id)).toMatchObject([{ external_id: 'X-1', version: 1 }]);
  });

  test.each(['FORBIDDEN', 'BAD_USER_INPUT', 'INTERNAL_SERVER_ERROR', 'IDEMPOTENCY_KEY_REUSED', 'QUERY_TOO_COMPLEX'])(
    'is not sent again after %s',
    async (code) => {
      const { owner } = await newTenant();
      const { url, seen } = await network(({ operation }) =>
        operation === 'UpsertCustomers' ? refusing(code) : 'pass',
      );
      const ended = await script('upsert-customers', [file(row)], owner, { CRM_URL: url });
      expect(ended.code).toBe(1);
      expectSentence(ended, `Not now (${code})`);
      expect(seen.filter(({ operation }) => operation === 'UpsertCustomers')).toHaveLength(1);
    },
  );

  test('renews its session by the refresh token, and signs in again when that has ended', async () => {
    const { owner } = await newTenant();
    const expired = refusing('UNAUTHENTICATED', { reason: 'TOKEN_EXPIRED' });
    const ended = refusing('UNAUTHENTICATED', { reason: 'REFRESH_TOKEN_INVALID' });
    const { url, seen } = await network(({ operation }, count) => {
      if (operation === 'ExportList' && count !== 2 && count < 4) return expired;
      return operation === 'Renew' && count === 2 ? ended : 'pass';
    });
    const first = await script('export-list', ['customers'], owner, { CRM_URL: url });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const second = await script('export-list', ['customers'], owner, { CRM_URL: url });
    expect(second).toMatchObject({ code: 0, stderr: '' });
    const operations = seen.map(({ operation }) => operation).filter((name) => !['Lists', 'Type'].includes(name));
    const renewed = ['SignIn', 'ExportList', 'Renew', 'ExportList', 'SignOut'];
    expect(operations).toEqual([...renewed, 'SignIn', 'ExportList', 'Renew', 'SignIn', 'ExportList', 'SignOut']);
  });

  test.each([
    ['TOKEN_EXPIRED', 'Renew'],
    ['TOKEN_INVALID', 'Renew'],
    ['SESSION_ENDED', 'SignIn'],
  ])('gets another token after %s, and no third one', async (reason, again) => {
    const { owner } = await newTenant();
    const { url, seen } = await network(({ operation }, count) =>
      operation === 'ExportList' && count !== 2 ? refusing('UNAUTHENTICATED', { reason }) : 'pass',
    );
    expect(await script('export-list', ['customers'], owner, { CRM_URL: url })).toMatchObject({ code: 0, stderr: '' });
    const stubborn = await network(({ operation }) =>
      operation === 'ExportList' ? refusing('UNAUTHENTICATED', { reason }) : 'pass',
    );
    const ended = await script('export-list', ['customers'], owner, { CRM_URL: stubborn.url });
    expect(ended.code).toBe(1);
    expectSentence(ended, `UNAUTHENTICATED, ${reason}`);
    for (const { operation } of [seen, stubborn.seen].map((all) => all.filter(isAbout('SignIn', 'Renew'))[1]!))
      expect(operation).toBe(again);
    for (const all of [seen, stubborn.seen]) expect(all.filter(isAbout('ExportList'))).toHaveLength(2);
  });

  test('names codes and reasons that the server has', async () => {
    const source = readFileSync('tests/scripts/shared/refused.mjs', 'utf8');
    const [retryable, renewable] = ['retryable', 'renewable'].map((name) =>
      source.split(`const ${name} = [`)[1]!.split(']')[0]!.match(/\w+/g),
    );
    const { owner } = await newTenant();
    const { errorCodes } = await owner.request<{ errorCodes: ErrorCode[] }>(
      '{ errorCodes { code retryable reasons } }',
    );
    expect(retryable).toEqual(errorCodes.filter((one) => one.retryable).map(({ code }) => code));
    const reasons = errorCodes.flatMap((one) => one.reasons);
    expect(renewable!.filter((reason) => !reasons.includes(reason))).toEqual([]);
    const known = [...errorCodes.map(({ code }) => code), ...reasons];
    const named = globSync('tests/scripts/**/*.mjs').flatMap((path) => [
      ...readFileSync(path, 'utf8').matchAll(/\b(?:code|reason) [!=]== '([A-Z]+(?:_[A-Z]+)+|FORBIDDEN)'/g),
    ]);
    expect(named.map(([, code]) => code!).filter((code) => !known.includes(code) && !code.startsWith('CSV_'))).toEqual(
      [],
    );
    expect(named.length).toBeGreaterThan(3);
  });

  test('waits no longer than CRM_PATIENCE, and not at all for more than that', async () => {
    const { owner } = await newTenant();
    const lost = await network(({ operation }) => (operation === 'ExportList' ? 'lost' : 'pass'));
    const first = await script('export-list', ['customers'], owner, { CRM_URL: lost.url, CRM_PATIENCE: '1' });
    expect(first.code).toBe(1);
    expectSentence(first, 'broke off');
    expect(lost.seen.filter(({ operation }) => operation === 'ExportList').length).toBeGreaterThan(1);
    const throttled = await network(() => refusing('RATE_LIMITED', { retryAfterMs: 900_000 }));
    const second = await script('export-list', ['customers'], owner, { CRM_URL: throttled.url });
    expect(second.code).toBe(1);
    expectSentence(second, 'RATE_LIMITED');
  });

  test('leaves no session behind', async () => {
    const { owner } = await newTenant();
    await script('export-list', ['customers'], owner);
    const sessions = await sql('select * from sessions where user_id = $1 and revoked_at is null', [owner.id]);
    expect(sessions).toHaveLength(1);
  });
});
