import { expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { ask, boot, urlOf } from '../support/boot.js';
import { sql, urls } from '../support/database.js';
import { listen } from '../support/live.js';
import { keys } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

const Create = gql`
  mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows, mode: ATOMIC) { summary { created } } }`;

const changed = 150;

const colleagues = (n: number) => `a${n}: customers(first: 100) { nodes { id name email description } }`;

/** Nearly as dear as a document may be: 2,400 customers for each change. */
const fields = `recordId record { ... on Customer { assignedTo {
  ${Array.from({ length: 24 }, (_, n) => colleagues(n)).join(' ')}
} } }`;

test('a bulk change does not exhaust a server whose subscribers ask for much with each change', async () => {
  const { id, owner } = await newTenant();
  const { createEmployee } = await owner.request<{ createEmployee: { id: string } }>(
    gql`mutation {
      createEmployee(input: { firstName: "Eve", lastName: "Ott", email: "eve@dear.example" }) { id }
    }`,
  );
  const rows = Array.from({ length: changed }, (_, n) => ({
    input: {
      name: `Customer ${n}`,
      email: `c${n}@dear.example`,
      description: 'd'.repeat(100),
      assignedToId: createEmployee.id,
    },
  }));
  await owner.request(Create, { rows });
  const server = boot({
    DATABASE_URL: urls.databaseUrl,
    MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
    TOKEN_KEYS: JSON.stringify(keys),
    // All answers together would take more.
    NODE_OPTIONS: '--max-old-space-size=240',
  });
  const url = await urlOf(server);
  const live = listen<{ recordId: string }>(owner, { fields, server: url });
  await live.begun;
  await sql(`update customers set city = 'Bonn' where organization_id = $1`, [id]);
  const seen = await live.changes(changed);
  expect(new Set(seen.map(({ recordId }) => recordId)).size).toBe(changed);
  expect(await ask(url, '{ serverInfo { version } }')).toMatchObject({ data: { serverInfo: {} } });
  live.close();
});
