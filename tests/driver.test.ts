import 'reflect-metadata';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import fc from 'fast-check';
import pg from 'pg';
import { NIL, v7 } from 'uuid';
import { Customer } from '../src/crm/customers/customer.js';
import { entities } from '../src/crm/index.js';
import { Lead } from '../src/crm/leads/lead.js';
import { Organization } from '../src/crm/organizations/organization.js';
import { Client } from '../src/platform/database/driver/client.js';
import { actAs, type EntityManager, flush, openPool, ormOptions, send } from '../src/platform/database/orm.js';
import { sql as statement } from '../src/platform/database/sql.js';
import { sql, urls } from './support/database.js';
import { settled } from './support/eventually.js';
import { Driver as StockDriver } from './support/stock-driver.js';

const ours = { ormOptions: ormOptions(openPool(urls.databaseUrl, 3, console.error), entities) };
const stock = {
  ormOptions: {
    ...ormOptions(openPool(urls.databaseUrl, 3, console.error), entities),
    driver: StockDriver,
  } as unknown as Options,
};
const orms: { [Name in 'ours' | 'stock']: MikroORM } = {} as never;
let organizationId: string;

beforeAll(async () => {
  orms.ours = await MikroORM.init(ours.ormOptions);
  orms.stock = await MikroORM.init(stock.ormOptions);
});
afterAll(() => Promise.all(Object.values(orms).map((orm) => orm.close())));

const newOrganization = async (): Promise<string> => {
  const id = v7();
  await inTransaction('stock', id, async (em) => {
    em.persist(Object.assign(new Organization(), { id, name: id, slug: id }));
    await flush(em);
  });
  return id;
};

beforeEach(async () => {
  organizationId = await newOrganization();
});

function inTransaction<Value>(
  which: keyof typeof orms,
  organization: string,
  work: (em: EntityManager) => Promise<Value>,
): Promise<Value> {
  return orms[which].em.fork().transactional(async (em) => {
    await actAs(em, NIL, organization);
    return work(em);
  });
}

const customer = (values: Partial<Customer> = {}, organization = organizationId): Customer => {
  const id = v7();
  return Object.assign(new Customer(), {
    ...{ id, organizationId: organization, code: id, name: 'Ada', email: `${id}@driver.example` },
    ...values,
  });
};

const lead = (): Lead => {
  const id = v7();
  return Object.assign(new Lead(), { id, organizationId, code: id, name: 'Lea', email: `${id}@driver.example` });
};

/** Somebody else who has taken the code of a customer, and gives it back at the end. */
async function holdingCode(code: string): Promise<pg.Client> {
  const other = new pg.Client(urls.superuserUrl);
  await other.connect();
  await other.query('begin');
  await other.query(
    `insert into customers (id, organization_id, version, created_at, updated_at, code, name, email, tags)
     values ($1, $2, 1, now(), now(), $3, 'Eve', 'eve@driver.example', '{}')`,
    [v7(), organizationId, code],
  );
  return other;
}

const named = (organization: string) =>
  sql<Record<string, unknown>>('select * from customers where organization_id = $1 order by code', [organization]);

/** Texts of the statements that were sent while the work went on. */
async function sentBy(work: () => Promise<unknown>, texts: string[] = []): Promise<string[]> {
  const listen = (message: unknown) => void texts.push((message as { text: string }).text);
  subscribe('crm.sql', listen);
  await work().finally(() => unsubscribe('crm.sql', listen));
  return texts;
}

describe('a flush', () => {
  test('sends what it writes before the first is answered, and waits for all of it', async () => {
    const code = v7();
    const other = await holdingCode(code);
    const sent: string[] = [];
    await inTransaction('ours', organizationId, async (em) => {
      em.persist([customer({ code }), lead()]);
      const writing = sentBy(() => flush(em), sent);
      await settled(() => sent.length);
      // The first waits for somebody else, who has not decided yet about the same code.
      expect(sent.filter((text) => text.startsWith('insert'))).toHaveLength(process.env.STOCK_ORM ? 1 : 2);
      await other.end();
      await writing;
    });
    expect(await named(organizationId)).toMatchObject([{ code }]);
  });

  test('is over when everything is written', async () => {
    const sent: string[] = [];
    await inTransaction('ours', organizationId, async (em) => {
      const writing = sentBy(async () => {
        em.persist([customer({ code: 'a' })]);
        await flush(em);
      });
      sent.push(...(await writing));
      const rows = await send<{ code: string }>(em, statement`select code from customers`);
      expect(rows).toEqual([{ code: 'a' }]);
    });
    expect(sent.filter((text) => /^insert/.test(text))).toHaveLength(1);
  });

  test('rejects with the first fault, and nothing is told later', async () => {
    const twice = v7();
    const failed = inTransaction('ours', organizationId, async (em) => {
      em.persist(customer({ code: twice }));
      await flush(em);
      em.persist(customer({ code: twice }));
      await expect(flush(em)).rejects.toMatchObject({ constraint: 'customers_code_key' });
      await expect(send(em, statement`select 1`)).rejects.toMatchObject({ code: '25P02' });
    });
    await expect(failed).rejects.toThrow();
    expect(await named(organizationId)).toEqual([]);
  });

  test.each(['ours', 'stock'] as const)('rejects where the version is stale: %s', async (which) => {
    await inTransaction(which, organizationId, async (em) => {
      em.persist(customer({ code: 'a' }));
      await flush(em);
    });
    const stale = inTransaction(which, organizationId, async (em) => {
      const [one] = await em.find(Customer, { organizationId });
      await sql(`update customers set version = version + 1 where organization_id = $1`, [organizationId]);
      one!.city = 'Paris';
      await flush(em);
    });
    await expect(stale).rejects.toMatchObject({ name: 'OptimisticLockError' });
    expect(await named(organizationId)).toMatchObject([{ city: null, version: 2 }]);
  });

  test('in a savepoint that is taken back leaves the rest', async () => {
    await inTransaction('ours', organizationId, async (em) => {
      em.persist(customer({ code: 'kept' }));
      await flush(em);
      const nested = em.transactional(
        async (within) => {
          within.persist([customer({ code: 'lost' }), customer({ code: 'kept' })]);
          await flush(within);
        },
        { clear: true },
      );
      await expect(nested).rejects.toMatchObject({ constraint: 'customers_code_key' });
    });
    expect(await named(organizationId)).toMatchObject([{ code: 'kept' }]);
  });
});

test('statements that are sent at once are done in their order', async () => {
  await inTransaction('ours', organizationId, async (em) => {
    await send(em, statement`create temporary sequence counted`);
    const next = () => send<{ n: string }>(em, statement`select nextval('counted') as n`);
    const rows = await Promise.all(Array.from({ length: 20 }, next));
    expect(rows.flat().map(({ n }) => Number(n))).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });
});

test('a connection whose session was ended is not used again', async () => {
  const ended = inTransaction('ours', organizationId, async (em) => {
    const [row] = await send<{ pid: number }>(em, statement`select pg_backend_pid() as pid`);
    await sql('select pg_terminate_backend($1)', [row!.pid]);
    await send(em, statement`select 1`);
  });
  await expect(ended).rejects.toThrow();
  for (let n = 0; n < 6; n += 1)
    expect(await inTransaction('ours', organizationId, (em) => send(em, statement`select 1 as one`))).toEqual([
      { one: 1 },
    ]);
});

// Texts that PostgreSQL or JSON write in another way, or not at all.
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom("'", '\\', '"', '$1', '?', '??', '{a,b}'),
);
const clean = text.map((value) => value.replaceAll('\u0000', ''));

test('rows of a prepared statement are those that pg itself reads', async () => {
  const [plain, one, other] = [
    new pg.Client(urls.databaseUrl),
    new Client(urls.databaseUrl),
    new Client(urls.databaseUrl),
  ];
  const clients = [plain, one, other];
  await Promise.all(clients.map((client) => client.connect()));
  const text = `select $1::text as a, $2::integer as b, $3::numeric as c, $4::jsonb as d, $5::text[] as e,
    $6::timestamptz as f, case when $2 > 0 then true end as g`;
  const row = fc.tuple(
    ...[fc.option(clean, { nil: null }), fc.option(fc.integer({ min: -9, max: 9 }), { nil: null })],
    ...[fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.json(), fc.array(clean)],
    fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
  );
  await fc
    .assert(
      fc.asyncProperty(fc.array(row, { maxLength: 3 }), async (rows) => {
        for (const values of rows) {
          const [expected, ...read] = await Promise.all(clients.map((client) => client.query({ text, values })));
          for (const result of read) {
            expect(result.rows).toEqual(expected!.rows);
            expect(result.fields).toEqual(expected!.fields);
            expect([result.command, result.rowCount]).toEqual(['SELECT', 1]);
          }
        }
      }),
    )
    .finally(() => Promise.all(clients.map((client) => client.end())));
});

const values = fc.record(
  {
    city: fc.option(clean, { nil: null }),
    phone: fc.option(clean, { nil: null }),
    creditLimit: fc.option(
      fc.integer({ min: 0, max: 10 ** 9 }).map((hundredths) => (hundredths / 100).toFixed(2)),
      { nil: null },
    ),
    tags: fc.array(clean, { maxLength: 3 }),
    createdAt: fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
    customerType: fc.constantFrom('INDIVIDUAL', 'BUSINESS'),
  },
  { requiredKeys: [] },
);
/** Some rows lack what others have, and get PostgreSQL's default. */
const made = fc.tuple(values, fc.constantFrom({}, { tags: undefined })).map(([one, none]) => ({ ...one, ...none }));
const steps = fc.array(
  fc.oneof(
    fc.record({ make: fc.array(made, { minLength: 1, maxLength: 3 }) }),
    fc.record({ change: fc.array(fc.tuple(fc.nat(5), values), { minLength: 1, maxLength: 3 }) }),
    fc.record({ remove: fc.nat(5) }),
  ),
  { maxLength: 6 },
);

test('rows become what the ORM itself makes of them', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const results = [];
      for (const which of ['ours', 'stock'] as const) {
        const organization = await newOrganization();
        await inTransaction(which, organization, async (em) => {
          const there: Customer[] = [];
          let count = 0;
          for (const step of all) {
            if ('make' in step)
              for (const one of step.make) {
                const made = customer(
                  { code: `C-${count}`, email: `${count}@x.example`, ...(one as object) },
                  organization,
                );
                count += 1;
                there.push(made);
                em.persist(made);
              }
            else if ('change' in step)
              for (const [place, one] of step.change) Object.assign(there[place % (there.length || 1)] ?? {}, one);
            else {
              const [gone] = there.splice(step.remove % (there.length || 1), 1);
              if (gone) em.remove(gone);
            }
            await flush(em);
          }
        });
        results.push(
          (await named(organization)).map(({ id: _, organization_id: __, created_at, updated_at: ___, ...row }) => row),
        );
      }
      expect(results[0]).toEqual(results[1]);
    }),
    { numRuns: 40 },
  );
});
