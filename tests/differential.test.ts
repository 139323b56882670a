import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { getOperationAST, parse, validate } from 'graphql';
import { v7 } from 'uuid';
import { withClient } from '../src/platform/database/connection.js';
import { learnTimeZones } from '../src/platform/database/time-zones.js';
import { isCompilable } from '../src/platform/graphql/compilable.js';
import { makeSchema } from '../src/schema.js';
import { sql, urls } from './support/database.js';
import { documentAbout } from './support/documents.js';
import { newDeal, newLead, type PipelineRow, pipelineById, send } from './support/sales.js';
import { anotherServer, origin } from './support/server.js';
import { newTenant, type Person } from './support/tenant.js';

const isLong = process.env.TEST_LONG === '1';
const documentsPerField = isLong ? 60 : 2;

/** Left out, for they end what the others need: sessions, or the organization. */
const left = ['register', 'login', 'refreshSession', 'logout', 'changePassword', 'deleteOrganization'];
const ownWord = 'ourword';
const nouns = [
  ...['customer', 'deal', 'lead', 'employee', 'activity', 'vendor', 'stage', 'pipeline', 'role', 'permission'],
  ...['membership', 'profile', 'user', 'organization'],
];
/** Placeholders in documents for the ids of each organization. */
const ids = Object.fromEntries(nouns.map((noun, n) => [noun, `00000000-0000-4000-8000-0000000000${n + 10}`]));

const schema = makeSchema();

/** An organization like the other one, and the server that it is asked through: one interprets, one compiles. */
interface Side {
  server: string;
  owner: Person;
  organizationId: string;
  /** From what documents say to what this organization calls it. */
  words: [string, string][];
  /** The ids of this organization, by the order in which they were seen. */
  seen: Map<string, string>;
}

let sides: Side[];

beforeAll(async () => {
  // The schema of this file needs them as well, since the servers have a schema of their own.
  await withClient(urls.databaseUrl, learnTimeZones);
  const interpreting = await anotherServer({ NODE_ENV: 'test' }, urls.databaseUrl, { interprets: true });
  sides = [await newSide(interpreting), await newSide(origin)];
});

async function newSide(server: string): Promise<Side> {
  // Letters alone, so that it is refused wherever the other one's is.
  const own = v7()
    .slice(-ownWord.length)
    .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
  const { id: organizationId, owner } = await newTenant(own);
  const made = async (document: string, input: object) =>
    Object.values(await owner.request<Record<string, { id: string }>>(document, { input }))[0]!.id;
  const customer = await made('mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }', {
    name: 'Kim',
    email: `kim@${own}.example`,
  });
  const vendor = await made('mutation ($input: CreateVendorInput!) { createVendor(input: $input) { id } }', {
    name: 'Vic',
    email: `vic@${own}.example`,
  });
  const employee = await made('mutation ($input: CreateEmployeeInput!) { createEmployee(input: $input) { id } }', {
    firstName: 'Eve',
    lastName: 'Early',
    email: `eve@${own}.example`,
  });
  const activity = await made('mutation ($input: CreateActivityInput!) { createActivity(input: $input) { id } }', {
    title: 'A note',
    activityType: 'NOTE',
    customerId: customer,
  });
  const lead = (await newLead(owner, { email: `lee@${own}.example` })).id;
  const deal = (await newDeal(owner, { customerId: customer, value: '100' })).id;
  await send(owner, 'markWon', { id: (await newDeal(owner, { customerId: customer, value: '20' })).id });
  const pipeline: PipelineRow = await pipelineById(owner);
  const found = await sql<Record<string, string>>(
    `select (select id from roles where organization_id = $1 and name = 'Viewer') as role,
       (select id from permissions where organization_id = $1 and resource = 'deal' and action = 'read') as permission,
       (select id from memberships where organization_id = $1) as membership,
       (select id from user_profiles where organization_id = $1 limit 1) as profile`,
    [organizationId],
  );
  const ownIds: Record<string, string | null> = {
    ...{ customer, vendor, employee, activity, lead, deal, pipeline: pipeline.id, stage: pipeline.stages[0]!.id },
    ...{ ...found[0]!, user: owner.id, organization: organizationId },
  };
  const words = nouns.flatMap((noun): [string, string][] => (ownIds[noun] ? [[ids[noun]!, ownIds[noun]]] : []));
  return { server, owner, organizationId, words: [...words, [ownWord, own]], seen: new Map() };
}

/** A text without whatever differs between alike organizations: ids, moments and encrypted cursors. */
function alike({ words, seen, owner }: Side, text: string): string {
  for (const [said, own] of words) text = text.replaceAll(own, said);
  return text
    .replaceAll(owner.username, 'owner')
    .replace(/"xid": ?"?\d+"?/g, '"xid":0')
    .replace(/"[0-9a-f]{8}\.[\w-]{60,}"/g, '"a cursor"')
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, (id) => {
      if (!seen.has(id)) seen.set(id, `#${seen.size}`);
      return seen.get(id)!;
    })
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?/g, 'a moment');
}

async function answerOf(side: Side, document: object): Promise<unknown> {
  let body = JSON.stringify(document);
  for (const [said, own] of side.words) body = body.replaceAll(said, own);
  const response = await fetch(`${side.server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${side.owner.token}` },
    body,
  });
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { extensions: Record<string, unknown>; path?: Path }[];
  };
  for (const { extensions } of errors ?? []) delete extensions.requestId;
  const told = errors?.map(({ path, ...error }) => alike(side, JSON.stringify({ ...error, path: nullOf(data, path) })));
  return {
    status: response.status,
    data: JSON.parse(alike(side, JSON.stringify(data ?? null))),
    errors: told && [...new Set(told)].sort(),
  };
}

type Path = (string | number)[];

/**
 * The place that an error made null. If several fields below it fail, the specification leaves open how many errors are
 * told: graphql-js tells the first, compiled documents tell all.
 */
function nullOf(data: unknown, path: Path = []): Path {
  let value = data;
  const length = path.findIndex((key) => {
    value = (value as Record<string, unknown> | null | undefined)?.[key];
    return value == null;
  });
  return length < 0 ? path : path.slice(0, length + 1);
}

/** All that is stored for an organization. */
async function rowsOf(side: Side): Promise<string[]> {
  const [stored] = await sql<Record<string, unknown[]>>(await everyTable, [side.organizationId]);
  return Object.entries(stored!).flatMap(([table, rows]) =>
    (rows ?? []).map((row) => `${table} ${alike(side, JSON.stringify(row))}`),
  );
}

const everyTable = sql<{ name: string; has_id: boolean }>(
  `select table_name as name, bool_or(column_name = 'id') as has_id from information_schema.columns
   join information_schema.tables using (table_schema, table_name)
   where table_schema = 'public' and table_type = 'BASE TABLE'
   group by 1 having bool_or(column_name = 'organization_id') order by 1`,
).then((tables) => {
  const lists = tables.map(
    ({ name, has_id }) =>
      `(select jsonb_agg(to_jsonb(t) order by ${has_id ? 't.id' : 't::text'})
        from ${name} t
        where organization_id = $1) as ${name}`,
  );
  return `select ${lists.join(', ')},
    (select jsonb_agg(to_jsonb(o)) from organizations o where id = $1) as organizations`;
});

test(
  'documents generated from the schema are answered, and change what is stored, as by graphql-js alone',
  async () => {
    const tally = { sent: 0, compilable: 0, faultless: 0, changes: 0 };
    for (const root of [schema.getQueryType()!, schema.getMutationType()!])
      for (const field of Object.values(root.getFields()).filter(({ name }) => !left.includes(name)))
        await fc.assert(
          fc.asyncProperty(fc.gen(), async (gen) => {
            const document = documentAbout(schema, root, field, { ids, ownWord }, gen);
            const parsed = parse(document.query);
            expect({ document, faults: validate(schema, parsed) }).toEqual({ document, faults: [] });
            tally.sent += 1;
            if (isCompilable(schema, parsed, getOperationAST(parsed)!)) tally.compilable += 1;
            for (let time = 0; time < 3; time += 1) {
              const [wanted, answer] = await Promise.all(sides.map((side) => answerOf(side, document)));
              expect({ document, answer }).toEqual({ document, answer: wanted });
              if ((wanted as { errors?: unknown }).errors) continue;
              tally.faultless += 1;
              if (root === schema.getMutationType()) tally.changes += 1;
            }
            if (root !== schema.getMutationType()) return;
            const [wanted, stored] = await Promise.all(sides.map(rowsOf));
            expect({ document, stored }).toEqual({ document, stored: wanted });
          }),
          // A document that told them apart has made the organizations differ: there is nothing to shrink.
          { numRuns: documentsPerField, endOnFailure: true, seed: isLong ? undefined : 16 },
        );
    expect(tally.compilable).toBeGreaterThan(tally.sent / 2);
    expect(tally.changes).toBeGreaterThan(tally.sent / 4);
  },
  isLong ? 3_600_000 : 120_000,
);
