import fc from 'fast-check';
import { build, type SalesTenant, type World } from './any-sales.js';
import { type Fields, freshEmail, insertRows } from './customers.js';
import { sql } from './database.js';
import { newPipeline, pipelineById } from './sales.js';
import { newTenant, type Tenant } from './tenant.js';
import { act, change, fieldOf } from './undo.js';
import { undoable, undoableCases } from './undoable-cases.js';

const kinds = [
  ...(['customers', 'leads', 'deals', 'activities', 'vendors'] as const),
  ...(['pipelines', 'pipeline_stages', 'employees'] as const),
];
type Kind = (typeof kinds)[number];

/** Numbers that choose among the records that are there, and among values. */
interface Choice {
  what: string;
  one: number;
  other: number;
  value: number;
}

/** Root fields by the kind of the record that they name; `one` is its id, `pick` that of another one. */
type Move = (one: string, pick: (kind: Kind) => string, value: number) => string;

const text = (value: string) => JSON.stringify(value);
const idOr = (id: string) => (id ? text(id) : 'null');
const moves: Record<string, [kind: Kind, move: Move]> = {
  createCustomer: [
    'customers',
    (_one, pick, n) => `createCustomer(input: {
    email: "c${n}@any.example", city: "City ${n}", assignedToId: ${idOr(pick('employees'))} }) { id }`,
  ],
  renameCustomer: [
    'customers',
    (one, pick, n) => `updateCustomer(id: ${text(one)}, input: {
    city: "City ${n}", creditLimit: "${n}.50", assignedToId: ${idOr(pick('employees'))} }) { id }`,
  ],
  mailCustomer: [
    'customers',
    (one, _pick, n) => `updateCustomer(id: ${text(one)}, input: {
    email: "c${n}@any.example", tags: ["tag ${n}"] }) { id }`,
  ],
  activateCustomer: ['customers', (one) => `activateCustomer(id: ${text(one)}) { id }`],
  deleteCustomer: ['customers', (one) => `deleteCustomer(id: ${text(one)}) { id }`],
  addCustomerNote: ['customers', (one) => `addCustomerNote(customerId: ${text(one)}, input: { text: "N" }) { id }`],
  scoreLead: ['leads', (one, _pick, n) => `updateLeadScore(id: ${text(one)}, score: ${n}, reason: "R") { id }`],
  convertLead: ['leads', (one) => `convertLead(id: ${text(one)}, input: { createDeal: {} }) { lead { id } }`],
  deleteLead: ['leads', (one) => `deleteLead(id: ${text(one)}) { id }`],
  createDeal: [
    'deals',
    (_one, pick, n) => `createDeal(input: {
    title: "Deal", customerId: ${idOr(pick('customers'))}, value: "${n}.25" }) { id }`,
  ],
  valueDeal: [
    'deals',
    (one, pick, n) => `updateDeal(id: ${text(one)}, input: {
    value: "${n}.25", customerId: ${idOr(pick('customers'))} }) { id }`,
  ],
  buyDeal: [
    'deals',
    (one, pick, n) => `updateDeal(id: ${text(one)}, input: {
    customerId: ${n % 2 ? idOr(pick('customers')) : 'null'}, leadId: ${n % 3 ? idOr(pick('leads')) : 'null'} }) { id }`,
  ],
  weighDeal: ['deals', (one, _pick, n) => `updateDeal(id: ${text(one)}, input: { probability: "${n * 10}" }) { id }`],
  moveDeal: [
    'deals',
    (one, pick) => `moveDealStage(id: ${text(one)}, stageId: ${idOr(pick('pipeline_stages'))}) { id }`,
  ],
  winDeal: ['deals', (one) => `markWon(id: ${text(one)}) { id }`],
  loseDeal: ['deals', (one, _pick, n) => `markLost(id: ${text(one)}, lostReason: "R ${n}") { id }`],
  reopenDeal: ['deals', (one) => `reopenDeal(id: ${text(one)}) { id }`],
  deleteDeal: ['deals', (one) => `deleteDeal(id: ${text(one)}) { id }`],
  addDealNote: ['deals', (one) => `addDealNote(dealId: ${text(one)}, input: { text: "N" }) { id }`],
  planActivity: [
    'activities',
    (one, pick, n) => `updateActivity(id: ${text(one)}, input: {
    title: "T ${n}", dealId: ${idOr(pick('deals'))}, customerId: ${idOr(pick('customers'))} }) { id }`,
  ],
  completeActivity: ['activities', (one) => `completeActivity(id: ${text(one)}) { id }`],
  deleteActivity: ['activities', (one) => `deleteActivity(id: ${text(one)}) { id }`],
  createPipeline: [
    'pipelines',
    (_one, _pick, n) => `createPipeline(input: {
    name: "P ${n}", isDefault: ${n % 2 === 0}, stages: [{ name: "A" }, { name: "B" }] }) { id }`,
  ],
  defaultPipeline: ['pipelines', (one) => `setDefaultPipeline(id: ${text(one)}) { id }`],
  switchPipeline: [
    'pipelines',
    (one, _pick, n) => `updatePipeline(id: ${text(one)}, input: { isActive: ${n % 2 === 0} }) { id }`,
  ],
  deletePipeline: ['pipelines', (one) => `deletePipeline(id: ${text(one)}) { id }`],
  createStage: [
    'pipelines',
    (one, _pick, n) => `createPipelineStage(input: {
    pipelineId: ${text(one)}, name: "S ${n}", order: ${n} }) { id }`,
  ],
  changeStage: [
    'pipeline_stages',
    (one, _pick, n) => `updatePipelineStage(id: ${text(one)}, input: {
    name: "S ${n}", isActive: ${n % 2 === 0} }) { id }`,
  ],
  closeStage: [
    'pipeline_stages',
    (one, _pick, n) => `updatePipelineStage(id: ${text(one)}, input: { isClosedWon: ${n % 2 === 0} }) { id }`,
  ],
  orderStage: ['pipeline_stages', (one, _pick, n) => `reorderPipelineStage(id: ${text(one)}, order: ${n}) { id }`],
  deleteStage: [
    'pipeline_stages',
    (one, pick) => `deletePipelineStage(id: ${text(one)}, moveDealsToStageId: ${idOr(pick('pipeline_stages'))}) { id }`,
  ],
  manageEmployee: [
    'employees',
    (one, pick, n) => `updateEmployee(id: ${text(one)}, input: {
    managerId: ${n % 3 ? idOr(pick('employees')) : 'null'} }) { id }`,
  ],
  hireEmployee: [
    'employees',
    (one, _pick, n) => `updateEmployee(id: ${text(one)}, input: {
    ${n % 2 ? `hireDate: "2020-01-0${n}"` : `employmentType: ${n % 4 ? 'CONTRACT' : 'FULL_TIME'}`} }) { id }`,
  ],
  leadActivity: [
    'activities',
    (one, pick, n) => `updateActivity(id: ${text(one)}, input: {
    leadId: ${idOr(pick('leads'))}${n % 2 ? ', customerId: null' : ''} }) { id }`,
  ],
  deleteEmployee: ['employees', (one) => `deleteEmployee(id: ${text(one)}) { id }`],
};

/** The kinds of the records that the undoable cases name, by the beginning of the name. */
const kindsOfCases: [name: RegExp, kind: Kind][] = [
  [/customer/i, 'customers'],
  [/lead\d|convertedLead/, 'leads'],
  [/deal|closed/i, 'deals'],
  [/activity/, 'activities'],
  [/vendor/, 'vendors'],
  [/pipeline/i, 'pipelines'],
  [/employee|boss|report/, 'employees'],
];

/** The ids that the undoable cases name: the standard stages and, by the numbers of a choice, other records. */
const idsOfCases = ({ pipelineId, stages }: Organization, { one, other }: Choice, among: Among) =>
  new Proxy({} as Record<string, string>, {
    get(_ids, name: string) {
      const stage = stages.find((stage) => stage.name === name);
      if (stage || name === 'pipeline') return stage?.id ?? pipelineId;
      const [, kind] = kindsOfCases.find(([pattern]) => pattern.test(name)) ?? [];
      return among(kind ?? 'pipeline_stages', name.endsWith('2') ? other : one);
    },
  });

type Among = (kind: Kind, n: number) => string;

/** Each mutation that can be undone, in its bulk and filter forms as well, and some with other values. */
const anyMove = fc.oneof(
  fc.constantFrom(...Object.keys(moves)),
  fc.constantFrom(...undoable.map((name) => `the ${name}`)),
);

/** An id that no record has. */
const nobody = '00000000-0000-4000-8000-000000000000';

const anyChoice: fc.Arbitrary<Choice> = fc.record({
  what: anyMove,
  one: fc.nat(4),
  other: fc.nat(4),
  value: fc.integer({ min: 1, max: 8 }),
});

/** A document of a single mutation that can be undone. */
export const documentFor = (name: string, one: number): Choice[] => [
  { what: `the ${name}`, one, other: one + 1, value: 1 },
];

/** A mutation document of one to three root fields; some may be refused. */
export const anyDocument = fc.array(anyChoice, { minLength: 1, maxLength: 3 });

export interface Organization extends SalesTenant {
  tenant: Tenant;
  kept: Record<'pipelines' | 'pipeline_stages' | 'employees' | 'vendors', Fields[]>;
}

/** Generated columns of these tables have such names. */
export const isGenerated = (column: string) => column.endsWith('_sort') || column === 'search_text';

/** An organization with employees without accounts, which `reset` gives any state. */
export async function newOrganization(): Promise<Organization> {
  const tenant = await newTenant();
  const { id: pipelineId, stages } = await pipelineById(tenant.owner);
  const employees = [await tenant.employee(), await tenant.employee(), await tenant.employee()];
  for (const status of ['ACTIVE', 'PENDING'])
    await change(tenant.owner, tenant.id, 'createVendor', { input: { name: 'V', email: freshEmail(), status } });
  await newPipeline(tenant.owner, { name: 'Other' });
  const rowsOf = async (table: string) => {
    const rows = await sql<{ row: Fields }>(`select to_jsonb(t) as row from ${table} t where organization_id = $1`, [
      tenant.id,
    ]);
    return rows.map(({ row }) => Object.fromEntries(Object.entries(row).filter(([column]) => !isGenerated(column))));
  };
  const kept = {
    pipelines: await rowsOf('pipelines'),
    pipeline_stages: await rowsOf('pipeline_stages'),
    employees: (await rowsOf('employees')).filter(({ id }) => employees.includes(id as string)),
    vendors: await rowsOf('vendors'),
  };
  return { tenant, pipelineId, stages, employees, callers: [], kept };
}

export async function reset(organization: Organization, world: World): Promise<void> {
  const { tenant, kept } = organization;
  for (const table of ['activities', 'deal_stage_changes', 'deals', 'leads', 'customers', 'vendors', 'pipelines'])
    await sql(`delete from ${table} where organization_id = $1`, [tenant.id]);
  await sql('delete from employees where organization_id = $1 and user_id is null', [tenant.id]);
  for (const [table, rows] of Object.entries(kept)) await insertRows(table, rows);
  // Everything that happens from now on is later.
  const deals = world.deals.map((deal) => ({ ...deal, created: Math.min(deal.created, -1) }));
  await build({ ...world, deals }, organization);
  // Names tell the leads apart.
  await sql('update leads set name = code where organization_id = $1', [tenant.id]);
}

/** Sends a document; the id of its change set, null if it changed nothing. */
export async function perform(organization: Organization, document: Choice[]): Promise<string | null> {
  const { tenant } = organization;
  const found = await sql<{ kind: Kind; ids: string[] }>(
    kinds
      .map(
        (table) => `select '${table}' as kind, array_agg(id::text order by created_at, id) as ids from ${table}
          where organization_id = $1 ${table === 'employees' ? 'and user_id is null' : ''}`,
      )
      .join(' union all '),
    [tenant.id],
  );
  const ids = new Map(found.map(({ kind, ids }) => [kind, ids ?? []]));
  const among: Among = (kind, n) => ids.get(kind)![n % ids.get(kind)!.length] ?? '';
  const parts = document.map((choice, n) => {
    const { what, one, other, value } = choice;
    const alias = `f${n}`;
    if (!moves[what]) {
      const name = what.slice('the '.length);
      const sound = (kind: Kind, n: number) => among(kind, n) || nobody;
      return fieldOf(name, alias, undoableCases({ tenant, ids: idsOfCases(organization, choice, sound) })[name]!);
    }
    const [kind, move] = moves[what];
    const field = `${alias}: ${move(among(kind, one) || nobody, (of) => among(of, other), value)}`;
    return { declared: [], field, variables: {} };
  });
  const declared = parts.flatMap((part) => part.declared).join(', ');
  const { data, errors, extensions } = await act(
    tenant.owner,
    tenant.id,
    `mutation ${declared && `(${declared})`} { ${parts.map(({ field }) => field).join('\n')} }`,
    Object.assign({}, ...parts.map(({ variables }) => variables)),
  );
  if (!data) throw new Error(JSON.stringify(errors));
  return extensions?.changeSetId ?? null;
}
