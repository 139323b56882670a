import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { Customer } from '../../src/crm/customers/customer.js';
import { formatOf } from '../../src/platform/records/formats.js';
import { columnOf } from '../../src/platform/records/property.js';
import { recordOf } from '../../src/platform/records/record.js';
import { nameFault, trimmed } from '../../src/platform/records/text.js';
import { type OlderDatabase, oldCustomer, olderDatabase, oldStage } from '../support/older-database.js';

let older: OlderDatabase;
const organization = v7();
const pipelines = [v7(), v7()];

/** Rows of a table; all but those of accounts and organizations belong to the one organization. */
const insert = (table: string, rows: object[]): Promise<string[]> =>
  older.insert(table, rows, ['users', 'organizations'].includes(table) ? undefined : organization);

async function column(table: string, name: string, ids: string[]): Promise<unknown[]> {
  const rows = await older.sql<{ id: string; value: unknown }>(`select id, ${name} as value from ${table}`);
  return ids.map((id) => rows.find((row) => row.id === id)!.value);
}

const lead = (email: string, is_converted = false) => ({
  code: `LEAD-${v7()}`,
  name: 'Some Lead',
  email,
  status: 'ACTIVE',
  source: 'OTHER',
  qualification_status: is_converted ? 'CONVERTED' : 'NEW',
  converted_at: is_converted ? '2026-01-01T00:00:00Z' : null,
  is_converted,
  lead_score: 0,
  tags: [],
});

const decomposed = 'e\u0301';
const long = 'x'.repeat(254);
let written: Record<string, string[]>;

beforeAll(async () => {
  older = await olderDatabase('0008-many-codes');
  const plain = { currency: 'USD', timezone: 'UTC', is_active: true };
  const settings = { [decomposed]: [decomposed, { a: decomposed }], b: 1 };
  await insert('organizations', [{ id: organization, name: 'Old', slug: 'old', settings, ...plain }]);
  await insert(
    'pipelines',
    pipelines.map((id, n) => ({ id, code: `PIPE-000${n}`, name: 'Sales', is_active: true, is_default: n === 0 })),
  );
  const [one, other] = pipelines as [string, string];
  written = {
    addresses: await insert(
      'customers',
      ['jo\u200bse@x.example', 'jos\u200be@x.example', 'jose@x.example', 'jose+2@x.example'].map((email) =>
        oldCustomer({ email }),
      ),
    ),
    leads: await insert('leads', [
      lead('le\u200ba@x.example', true),
      lead('lea@x.example', true),
      lead('lea@x.example'),
      lead('l\u200bea@x.example'),
    ]),
    keys: await insert(
      'customers',
      [decomposed, '\u00e9', '\u00e9\u200b', 'k\u200by', 'ky', 'می\u200cخ', 'میخ', 'a b', 'ab'].map((external_id) =>
        oldCustomer({ external_id }),
      ),
    ),
    phones: await insert(
      'customers',
      ['(+49) 30 1234567', '++--1234567', '030+12345+67', '+43 (1) 234-5678', '.+ 1234567'].map((phone) =>
        oldCustomer({ phone }),
      ),
    ),
    urls: await insert(
      'customers',
      ['HTTPS://me:secret@x.example/p', 'http://x.example/@me?a=b@c', 'https://me@x.example'].map((website) =>
        oldCustomer({ website }),
      ),
    ),
    hidden: await insert('customers', [
      oldCustomer({
        name: '\u3164',
        last_name: '\u0301',
        contact_person: 'שלום\u200dא',
        description: '\ufeffa\u200bb \u200b',
      }),
      oldCustomer({
        name: 'می\u200cخواهم',
        company_name: '👩\u200d🔬',
        city: 'a\u200db',
        tags: ['\u3164', 'ת\u200dא', 'תא'],
      }),
    ]),
    stages: await insert('pipeline_stages', [
      oldStage(one, `${long}\u00e9`, 1),
      oldStage(one, `${long}${decomposed}`, 2),
      oldStage(other, `${long}\u00e9`, 1),
      oldStage(one, 'ΣΊΣ', 3),
      oldStage(one, 'σίσ (2)', 4),
      oldStage(one, 'σίσ', 5),
      oldStage(one, 'σίσ\u200b', 6),
    ]),
  };
  await older.upgrade();
});

afterAll(() => older.drop());

describe('texts that the previous version has written', () => {
  test('is not lost where addresses become one: the later ones get a sub-address that is free', async () => {
    expect(await column('customers', 'email', written.addresses!)).toEqual([
      'jose@x.example',
      'jose+3@x.example',
      'jose+4@x.example',
      'jose+2@x.example',
    ]);
    expect(await column('leads', 'email', written.leads!)).toEqual([
      'lea@x.example',
      'lea@x.example',
      'lea@x.example',
      'lea+2@x.example',
    ]);
  });

  test('keeps the key of another system on the oldest record', async () => {
    expect(await column('customers', 'external_id', written.keys!)).toEqual([
      ...['\u00e9', null, null],
      ...['ky', null, 'می\u200cخ', 'میخ', 'a b', 'ab'],
    ]);
  });

  test('keeps phone numbers as they were meant', async () => {
    expect(await column('customers', 'phone', written.phones!)).toEqual([
      '+(49) 30 1234567',
      '+--1234567',
      '0301234567',
      '+43 (1) 234-5678',
      '+. 1234567',
    ]);
  });

  test('loses credentials in URLs and nothing else', async () => {
    expect(await column('customers', 'website', written.urls!)).toEqual([
      'HTTPS://x.example/p',
      'http://x.example/@me?a=b@c',
      'https://x.example',
    ]);
  });

  test('loses what cannot be seen, but where a script needs it and inside long texts', async () => {
    const [first, second] = await older.sql(
      `select name, last_name, company_name, contact_person, city, description, tags from customers
       where id = any($1) order by created_at`,
      [written.hidden],
    );
    expect(first).toMatchObject({
      name: 'Unnamed',
      last_name: null,
      contact_person: 'שלוםא',
      description: 'a\u200bb',
    });
    expect(second).toMatchObject({ name: 'می\u200cخواهم', company_name: '👩\u200d🔬', city: 'ab', tags: ['תא'] });
  });

  test('gets a number behind names that people cannot tell apart, in each pipeline', async () => {
    expect(await column('pipeline_stages', 'name', written.stages!)).toEqual([
      `${long}\u00e9`,
      `${long.slice(0, 251)} (2)`,
      `${long}\u00e9`,
      'ΣΊΣ',
      'σίσ (2)',
      'σίσ (3)',
      'σίσ (4)',
    ]);
  });

  test('has its settings in NFC, but for their names', async () => {
    const [{ settings }] = (await older.sql('select settings from organizations')) as [{ settings: unknown }];
    expect(settings).toEqual({ [decomposed]: ['\u00e9', { a: '\u00e9' }], b: 1 });
  });

  test('would be taken as it is', async () => {
    const rows = await older.sql<Record<string, string | null>>('select * from customers');
    const refused = [...recordOf(Customer).properties.values()]
      .filter(({ kind, sql }) => kind === 'text' && !sql)
      .flatMap((spec) =>
        rows.flatMap((row) => {
          const text = row[columnOf(spec)];
          if (text == null) return [];
          const isTaken =
            text === trimmed(text) &&
            !(spec.isName && nameFault(text)) &&
            (!spec.format || formatOf(spec.format).accepts(text));
          return isTaken ? [] : [[spec.name, text]];
        }),
      );
    expect(refused).toEqual([]);
  });
});
