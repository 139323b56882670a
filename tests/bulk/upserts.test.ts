import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Fields, freshEmail } from '../support/customers.js';
import { sql } from '../support/database.js';
import { day } from '../support/sales.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let owner: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

interface Result {
  status: string;
  id: string | null;
  errors: { code: string; reason: string | null; path: string | null }[];
  record: Fields | null;
}

async function upsert(kind: string, rows: Fields[], who: Person = owner): Promise<Result[]> {
  const plural = kind === 'Activity' ? 'Activities' : `${kind}s`;
  const document = `mutation ($rows: [Upsert${kind}Row!]!) {
    upsert${plural}(rows: $rows, mode: PER_ROW) {
      results {
        status id errors { code reason path }
        record { id createdAt ${['Vendor', 'Employee'].includes(kind) ? '' : 'tags'} }
      }
    }
  }`;
  const answer = await who.as(tenant.id).request<Record<string, { results: Result[] }>>(document, { rows });
  return answer[`upsert${plural}`]!.results;
}

const pathsOf = ({ errors }: Result) => errors.map(({ path }) => path);

describe('an upsert', () => {
  test('takes the key from `by`, and refuses another one in its input', async () => {
    const email = freshEmail();
    const rows = [
      { by: { email }, input: { name: 'A' } },
      { by: { email: email.toUpperCase() }, input: { email: ` ${email} `, name: 'B' } },
      { by: { email }, input: { email: freshEmail(), name: 'C' } },
      { by: { email }, input: { email: null } },
      { by: { externalId: 'one' }, input: { email: freshEmail(), externalId: 'two' } },
    ];
    const results = await upsert('Customer', rows);
    expect(results.map(({ status }) => status)).toEqual(['CREATED', 'UPDATED', 'FAILED', 'FAILED', 'FAILED']);
    expect(results.slice(2).map(pathsOf)).toEqual([['input.email'], ['input.email'], ['input.externalId']]);
    expect(await sql('select name from customers where email = $1', [email])).toEqual([{ name: 'B' }]);
  });

  test('is told of its key with everything else that is wrong with it', async () => {
    const rating = 9;
    const results = await upsert('Customer', [
      { by: { email: freshEmail() }, input: { email: freshEmail(), rating } },
      { by: { email: freshEmail(), externalId: 'both' }, input: { rating } },
      { by: {}, input: { rating } },
      { by: { email: null }, input: { rating } },
      { by: { externalId: ' ' }, input: { rating, externalId: 'x' } },
      { by: { email: 'nonsense' }, input: { rating } },
    ]);
    expect(results.map((result) => pathsOf(result).toSorted())).toEqual([
      ['input.email', 'input.rating'],
      ['by', 'input.rating'],
      ['by', 'input.rating'],
      ['by.email', 'input.rating'],
      ['by.externalId', 'input.rating'],
      ['by.email', 'input.rating'],
    ]);
  });

  test.each([
    ['Customer', { name: 'N' }],
    ['Lead', { name: 'N' }],
    ['Deal', { title: 'Deal' }],
    ['Activity', { title: 'T' }],
    ['Employee', { firstName: 'E', lastName: 'M' }],
    ['Vendor', { name: 'N' }],
  ])('of a %s refuses another key of another system, and none', async (kind, input) => {
    const by = { externalId: 'key' };
    const results = await upsert(kind, [
      { by, input: { ...input, externalId: 'other' } },
      { by, input: { ...input, externalId: null } },
      { by, input: { ...input, externalId: ' ' } },
    ]);
    expect(results.map(pathsOf)).toEqual([['input.externalId'], ['input.externalId'], ['input.externalId']]);
  });

  test('refuses what is fixed after creation, but not the value that is there', async () => {
    const by = { externalId: 'call-1' };
    const [created] = await upsert('Activity', [{ by, input: { activityType: 'CALL', title: 'T' } }]);
    const { createdAt } = created!.record!;
    const [same] = await upsert('Activity', [{ by, input: { activityType: 'CALL', title: 'T', createdAt } }]);
    expect(same).toMatchObject({ status: 'UNCHANGED' });
    const [other] = await upsert('Activity', [
      { by, input: { activityType: 'TASK', createdAt: `${day(-9)}T00:00:00Z` } },
    ]);
    expect(other!.status).toBe('FAILED');
    expect(pathsOf(other!)).toEqual(['input.activityType', 'input.createdAt']);
  });

  test('tells all that a creation lacks or has too much, the rules between its fields included', async () => {
    const input = { title: 'ab', expectedCloseDate: day(-1), lostReason: 'x', actualCloseDate: day(1) };
    const [result] = await upsert('Deal', [{ by: { externalId: 'deal-1' }, input: { ...input, title: 'abc' } }]);
    expect(new Set(pathsOf(result!))).toEqual(
      new Set(['input.customerId', 'input.expectedCloseDate', 'input.lostReason', 'input.actualCloseDate']),
    );
    const [missing] = await upsert('Employee', [{ by: { externalId: 'e' }, input: { employmentType: 'CONTRACT' } }]);
    expect(new Set(pathsOf(missing!))).toEqual(
      new Set(['input.firstName', 'input.lastName', 'input.email', 'input.hireDate']),
    );
  });

  test('brings history along for whoever may', async () => {
    const createdAt = `${day(-100)}T12:00:00.000Z`;
    const row = { by: { email: freshEmail() }, input: { createdAt } };
    const rep = await tenant.member('Sales Rep');
    const [refused] = await upsert('Customer', [row], rep);
    expect(refused).toMatchObject({ status: 'FAILED', errors: [{ code: 'FORBIDDEN', reason: 'MISSING_PERMISSION' }] });
    const [created] = await upsert('Customer', [row]);
    expect(created).toMatchObject({ status: 'CREATED', record: { createdAt } });
    expect(await upsert('Customer', [row], rep)).toMatchObject([{ status: 'UNCHANGED' }]);
  });

  test('adds and removes tags', async () => {
    const by = { email: freshEmail() };
    const [created] = await upsert('Customer', [{ by, input: { addTags: ['a', 'b'] } }]);
    expect(created!.record!.tags).toEqual(['a', 'b']);
    const [changed] = await upsert('Customer', [{ by, input: { addTags: ['c'], removeTags: ['a'] } }]);
    expect(changed!.record!.tags).toEqual(['b', 'c']);
    const [both] = await upsert('Customer', [{ by, input: { tags: ['x'], addTags: ['c'] } }]);
    expect(pathsOf(both!)).toEqual(['input.addTags']);
  });
});
