import fc from 'fast-check';
import { build, type SalesTenant, type World } from './any-sales.js';
import { type Fields, insertRows } from './customers.js';
import { sql } from './database.js';
import { pipelineById } from './sales.js';
import { newTenant, type Tenant } from './tenant.js';
import { act } from './undo.js';

type Kind = 'customers' | 'leads' | 'deals' | 'activities' | 'pipelines' | 'pipeline_stages' | 'employees';

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
  deleteEmployee: ['employees', (one) => `deleteEmployee(id: ${text(one)}) { id }`],
};

const anyChoice: fc.Arbitrary<Choice> = fc.record({
  what: fc.constantFrom(...Object.keys(moves)),
  one: fc.nat(4),
  other: fc.nat(4),
  value: fc.integer({ min: 1, max: 8 }),
});

/** A mutation document of one to three root fields; some may be refused. */
export const anyDocument = fc.array(anyChoice, { minLength: 1, maxLength: 3 });

export interface Organization extends SalesTenant {
  tenant: Tenant;
  kept: Record<'pipelines' | 'pipeline_stages' | 'employees', Fields[]>;
}

/** Generated columns of these tables have such names. */
export const isGenerated = (column: string) => column.endsWith('_sort') || column === 'search_text';

/** An organization with employees without accounts, which `reset` gives any state. */
export async function newOrganization(): Promise<Organization> {
  const tenant = await newTenant();
  const { id: pipelineId, stages } = await pipelineById(tenant.owner);
  const employees = [await tenant.employee(), await tenant.employee(), await tenant.employee()];
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
  };
  return { tenant, pipelineId, stages, employees, callers: [], kept };
}

export async function reset(organization: Organization, world: World): Promise<void> {
  const { tenant, kept } = organization;
  for (const table of ['activities', 'deal_stage_changes', 'deals', 'leads', 'customers', 'pipelines'])
    await sql(`delete from ${table} where organization_id = $1`, [tenant.id]);
  await sql('delete from employees where organization_id = $1 and user_id is null', [tenant.id]);
  for (const [table, rows] of Object.entries(kept)) await insertRows(table, rows);
  // Everything that happens from now on is later.
  const deals = world.deals.map((deal) => ({ ...deal, created: Math.min(deal.created, -1) }));
  await build({ ...world, deals }, organization);
}

/** Sends a document; the id of its change set, null if it changed nothing. */
export async function perform({ tenant }: Organization, document: Choice[]): Promise<string | null> {
  const tables = ['customers', 'leads', 'deals', 'activities', 'pipelines', 'pipeline_stages', 'employees'];
  const found = await sql<{ kind: Kind; ids: string[] }>(
    tables
      .map(
        (table) => `select '${table}' as kind, array_agg(id::text order by created_at, id) as ids from ${table}
          where organization_id = $1 ${table === 'employees' ? 'and user_id is null' : ''}`,
      )
      .join(' union all '),
    [tenant.id],
  );
  const ids = new Map(found.map(({ kind, ids }) => [kind, ids ?? []]));
  const among = (kind: Kind, n: number) => ids.get(kind)![n % ids.get(kind)!.length] ?? '';
  const fields = document.map(({ what, one, other, value }, n) => {
    const [kind, move] = moves[what]!;
    const target = among(kind, one) || '00000000-0000-4000-8000-000000000000';
    return `f${n}: ${move(target, (of) => among(of, other), value)}`;
  });
  const { extensions } = await act(tenant.owner, tenant.id, `mutation { ${fields.join('\n')} }`);
  return extensions?.changeSetId ?? null;
}
