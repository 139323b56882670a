import { beforeEach, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { sql } from './support/database.js';
import { type Fate, network, script } from './support/scripts.js';
import { newTenant, type Tenant } from './support/tenant.js';

const Create = gql`
  mutation ($rows: [CreateDealRow!]!) {
    createDeals(rows: $rows) { results { id } }
  }
`;

let tenant: Tenant;
let from: string;
let to: string;
beforeEach(async () => {
  tenant = await newTenant();
  [from, to] = [await tenant.employee({ firstName: 'Fay' }), await tenant.employee({ firstName: 'Tom' })];
});

/** Open deals of Fay that are expected to close on these days. */
async function dealsOn(...days: string[]): Promise<string[]> {
  const { createCustomer: customer } = await tenant.owner.request<{ createCustomer: { id: string } }>(
    'mutation { createCustomer(input: { name: "Acme", email: "acme@deals.example" }) { id } }',
  );
  const rows = days.map((_, n) => ({ input: { title: `Deal ${n}`, customerId: customer.id, assignedToId: from } }));
  const { createDeals } = await tenant.owner.request<{ createDeals: { results: { id: string }[] } }>(Create, { rows });
  const ids = createDeals.results.map(({ id }) => id);
  await sql(
    `update deals set expected_close_date = days.day
     from unnest($1::uuid[], $2::date[]) days (id, day)
     where deals.id = days.id`,
    [ids, days],
  );
  return ids;
}

/** The employee of each deal. */
async function holders(ids: string[]): Promise<string[]> {
  const rows = await sql<{ id: string; holder: string }>(
    'select id, assigned_to_id as holder from deals where id = any($1)',
    [ids],
  );
  return ids.map((id) => (rows.find((row) => row.id === id)!.holder === to ? 'Tom' : 'Fay'));
}

const handOver = (args: string[], env = {}) => script('hand-over-overdue-deals', args, tenant.owner, env);

describe('overdue deals', () => {
  test('are listed and rehearsed first, and handed over when told so', async () => {
    const ids = await dealsOn('2020-01-02', '2020-01-01', '2999-01-01');
    const rehearsed = await handOver([from, to]);
    expect(rehearsed).toMatchObject({ code: 0, stderr: '' });
    expect(rehearsed.stdout).toMatch(
      /^DEAL-\d+ {2}2020-01-01 {2}Deal 1\nDEAL-\d+ {2}2020-01-02 {2}Deal 0\n2 overdue deals of Fay Early could be /,
    );
    expect(rehearsed.stdout).toMatch(/ could be handed over to Tom Early; add --yes to do it\n$/);
    expect(await holders(ids)).toEqual(['Fay', 'Fay', 'Fay']);
    const done = await handOver([from, to, '--yes']);
    expect(done).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 overdue deals of Fay Early handed over'),
    });
    expect(await holders(ids)).toEqual(['Tom', 'Tom', 'Fay']);
  });

  test.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
    'are those of the day in %s, wherever it runs',
    async (zone) => {
      await sql('update organizations set timezone = $2 where id = $1', [tenant.id, zone]);
      const [days] = await sql<{ yesterday: string; today: string }>(
        `select ((now() at time zone $1)::date - 1)::text as yesterday, (now() at time zone $1)::date::text as today`,
        [zone],
      );
      const ids = await dealsOn(days!.yesterday, days!.today);
      for (const TZ of ['Pacific/Kiritimati', 'Pacific/Pago_Pago'])
        expect((await handOver([from, to], { TZ })).stdout).toContain('\n1 overdue deals of');
      await handOver([from, to, '--yes']);
      expect(await holders(ids)).toEqual(['Tom', 'Fay']);
    },
  );

  test('stay where they are when one of them was changed meanwhile', async () => {
    const ids = await dealsOn('2020-01-01', '2020-01-02');
    const { url } = await network(async ({ operation, variables }): Promise<Fate> => {
      if (operation === 'AssignDeals')
        await sql('update deals set version = version + 1 where id = $1', [
          (variables.rows as { id: string }[])[0]!.id,
        ]);
      return 'pass';
    });
    const { code, stderr } = await handOver([from, to, '--yes'], { CRM_URL: url });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^hand-over-overdue-deals: DEAL-\d+: The record was changed since it was read; .*\n$/);
    expect(await holders(ids)).toEqual(['Fay', 'Fay']);
  });

  test('are handed over once when the answer is lost', async () => {
    const ids = await dealsOn('2020-01-01');
    const { url, seen } = await network(({ operation, key }, count) =>
      operation === 'AssignDeals' && key && count === 2 ? 'answer lost' : 'pass',
    );
    expect(await handOver([from, to, '--yes'], { CRM_URL: url })).toMatchObject({ code: 0, stderr: '' });
    expect(seen.filter(({ key }) => key)).toHaveLength(2);
    expect(await holders(ids)).toEqual(['Tom']);
    expect(await sql('select version from deals where id = any($1)', [ids])).toMatchObject([{ version: 2 }]);
  });
});

test('an employee who is not there is told', async () => {
  const stranger = await (await newTenant()).employee();
  const { code, stderr } = await handOver([from, stranger]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `hand-over-overdue-deals: There is no employee ${stranger} in this organization\n`,
  });
  expect((await handOver([from, from])).code).toBe(2);
});
