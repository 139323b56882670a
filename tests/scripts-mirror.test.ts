import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { changeCustomer, customerRow, insertRows, newCustomer } from './support/customers.js';
import { sql } from './support/database.js';
import { eventually } from './support/eventually.js';
import { file, folder, network, script, start } from './support/scripts.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

const rounds = process.env.TEST_LONG === '1' ? 200 : 20;

const Delete = gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`;

interface Row {
  id: string;
  version: number;
  name: string;
  email: string;
}

const newFile = (name: string) => join(folder, `${name}.json`);

/** The copy, which is sound at any moment. */
const copyIn = (path: string): { isRead: boolean; customers: Record<string, Row> } =>
  JSON.parse(readFileSync(path, 'utf8')).progress;

const rowsOf = async ({ id }: Tenant) =>
  Object.fromEntries(
    (
      await sql<Row>(
        'select id, version, code, name, email, status from customers where organization_id = $1 order by id',
        [id],
      )
    ).map((row) => [row.id, row]),
  );

async function newTenantWith(count: number): Promise<Tenant> {
  const tenant = await newTenant();
  await insertRows(
    'customers',
    Array.from({ length: count }, () => customerRow(tenant.id)),
  );
  return tenant;
}

/** Creates, changes and deletes customers until it is told to stop. */
function writing({ owner }: Tenant) {
  let isOver = false;
  const write = async () => {
    const own: string[] = [];
    for (let n = 0; !isOver; n += 1) {
      const id = own[n % (own.length || 1)];
      if (!id || n % 3 === 0) own.push((await newCustomer(owner, { name: `Customer ${n}` })).id);
      else if (n % 3 === 1) await changeCustomer(owner, id, { name: `Name ${n}` });
      else if (own.length > 3) await owner.request(Delete, { id: own.shift() });
      await pause(Math.random() * 60);
    }
  };
  const work = [write(), write(), write()];
  return {
    async stop() {
      isOver = true;
      await Promise.all(work);
    },
  };
}

test('a copy that is killed at any moment, while others write, equals the table in the end', async () => {
  const tenant = await newTenantWith(250);
  const path = newFile('killed');
  let kill = () => {};
  let requests = 0;
  // By turns when a request arrives, when its answer is under way, and at any other moment.
  let fatal = Number.POSITIVE_INFINITY;
  const { url } = await network(({ operation }) => {
    if (!['AllCustomers', 'CustomerChanges'].includes(operation)) return 'pass';
    requests += 1;
    if (requests < fatal) return 'pass';
    kill();
    return fatal % 2 ? 'lost' : 'answer lost';
  });
  const writers = writing(tenant);
  let kills = 0;
  for (let round = 0; round < rounds; round += 1) {
    fatal = round % 3 ? requests + 1 + Math.floor(Math.random() * 4) : Number.POSITIVE_INFINITY;
    const { child, ended } = start('mirror-customers', [path, '--every', '1'], tenant.owner, { CRM_URL: url });
    kill = () => child.kill('SIGKILL');
    if (round % 3 === 0) {
      await pause(200 + Math.random() * 1000);
      kill();
    }
    if ((await ended).code === null) kills += 1;
    if (existsSync(path)) expect(Object.keys(copyIn(path).customers).length).toBeGreaterThan(0);
  }
  expect(kills).toBe(rounds);
  expect(copyIn(path).isRead).toBe(true);
  await writers.stop();
  fatal = Number.POSITIVE_INFINITY;
  const ended = await script('mirror-customers', [path], tenant.owner, { CRM_URL: url });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(copyIn(path).customers).toEqual(await rowsOf(tenant));
}, 1_200_000);

test('a copy whose position is too old begins anew, and forgets what was deleted meanwhile', async () => {
  const tenant = await newTenantWith(3);
  const [gone, ...others] = Object.keys(await rowsOf(tenant));
  const path = newFile('old');
  expect(await script('mirror-customers', [path], tenant.owner)).toMatchObject({ code: 0, stdout: '3 customers\n' });
  await tenant.owner.request(Delete, { id: gone });
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/"cursor":"[^"]+"/, '"cursor":"old"'));
  const ended = await script('mirror-customers', [path], tenant.owner);
  expect(ended).toMatchObject({ code: 0, stdout: '2 customers\n', stderr: expect.stringContaining('reads all') });
  expect(Object.keys(copyIn(path).customers).sort()).toEqual(others.sort());
});

test('a copy for another caller, or another file, is left as it is', async () => {
  const tenant = await newTenantWith(1);
  const path = newFile('foreign');
  await script('mirror-customers', [path], tenant.owner);
  const [copy, other] = [readFileSync(path, 'utf8'), file('name\nKim\n')];
  const refused = async (path: string, person: Person) => (await script('mirror-customers', [path], person)).code;
  expect(await refused(path, await tenant.member('Viewer'))).toBe(2);
  expect(await refused(other, tenant.owner)).toBe(2);
  expect([readFileSync(path, 'utf8'), readFileSync(other, 'utf8')]).toEqual([copy, 'name\nKim\n']);
});

test('the commands of docs/integrations.md bring a copy up to date, and keep it so', async () => {
  const tenant = await newTenantWith(2);
  const commands = [
    ...readFileSync('docs/integrations.md', 'utf8').matchAll(/^node tests\/scripts\/(.+)\.mjs (.+)$/gm),
  ];
  const [once, always] = commands.map(([, name, args]) => [name!, args!.replace('--every 5', '--every 1').split(' ')]);
  const path = newFile('documented');
  const named = (args: unknown) => (args as string[]).map((arg) => arg.replace('customers.json', path));
  expect(commands).toHaveLength(2);
  expect(await script(String(once![0]), named(once![1]), tenant.owner)).toMatchObject({ code: 0 });
  const { child, ended } = start(String(always![0]), named(always![1]), tenant.owner);
  const { id } = await newCustomer(tenant.owner, { name: 'Later' });
  await eventually(() => copyIn(path).customers[id]?.name === 'Later');
  child.kill();
  await ended;
});
