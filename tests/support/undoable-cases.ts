import { type Fields, freshEmail, newCustomer } from './customers.js';
import { idsByName, newDeal, newLead, newPipeline, pipelineById, type Row, send } from './sales.js';
import { newTenant, type Person, type Tenant } from './tenant.js';
import { documentOf } from './undo.js';

/** An organization with records of each kind that refer to each other. */
export interface UndoWorld {
  tenant: Pick<Tenant, 'id'>;
  owner: Person;
  ids: Record<string, string>;
}

async function made(owner: Person, name: string, variables: Fields): Promise<string> {
  const answer = await owner.request<Record<string, Row>>(documentOf(name, 'id'), variables);
  return answer[name]!.id;
}

/** Two of each kind, `…1` and `…2`, with external ids; 1 is the busier one. */
export async function newUndoWorld(): Promise<UndoWorld> {
  const tenant = await newTenant();
  const { owner } = tenant;
  const ids: Record<string, string> = {};
  ids.boss = await tenant.employee();
  for (const n of [1, 2]) {
    const externalId = `world-${n}`;
    const common = { externalId, assignedToId: ids.boss };
    ids[`employee${n}`] = await made(owner, 'createEmployee', {
      input: {
        firstName: 'Em',
        lastName: 'P',
        email: freshEmail(),
        jobTitle: 'Clerk',
        externalId,
        managerId: ids.boss,
      },
    });
    ids[`customer${n}`] = (await newCustomer(owner, { name: `Customer ${n}`, ...common, status: 'PROSPECT' })).id;
    ids[`vendor${n}`] = await made(owner, 'createVendor', {
      input: { name: 'V', email: freshEmail(), status: 'PENDING', ...common },
    });
    ids[`lead${n}`] = (await newLead(owner, { ...common, companyName: 'Lee & Sons', estimatedValue: '500.00' })).id;
    ids[`deal${n}`] = (
      await newDeal(owner, { ...common, customerId: ids[`customer${n}`], leadId: ids[`lead${n}`], value: '99.99' })
    ).id;
    ids[`activity${n}`] = await made(owner, 'createActivity', {
      input: { activityType: 'CALL', title: 'A call', ...common, customerId: ids[`customer${n}`] },
    });
    await made(owner, 'addDealNote', { dealId: ids[`deal${n}`], input: { text: 'Called' } });
    await made(owner, 'addLeadNote', { leadId: ids[`lead${n}`], input: { text: 'Called' } });
  }
  const report = { firstName: 'Ann', lastName: 'Y', email: freshEmail(), jobTitle: 'Clerk', managerId: ids.employee1 };
  ids.report = await made(owner, 'createEmployee', { input: report });
  ids.employeeCustomer = (await newCustomer(owner, { name: 'Theirs', assignedToId: ids.employee1 })).id;
  await made(owner, 'addVendorNote', { vendorId: ids.vendor1, input: { text: 'Called' } });
  const { id, ...pipeline } = await pipelineById(owner);
  const stages = idsByName({ id, ...pipeline });
  ids.pipeline = id;
  for (const [name, stage] of Object.entries(stages)) ids[name] = stage;
  await send(owner, 'moveDealStage', { id: ids.deal1, stageId: ids.Proposal });
  for (const name of ['closed1', 'closed2']) {
    ids[name] = (await newDeal(owner, { customerId: ids.customer1, stageId: ids.Proposal, value: '12.34' })).id;
    await send(owner, 'markLost', { id: ids[name], lostReason: 'Price' });
  }
  const other = await newPipeline(owner, { name: 'Other' });
  ids.otherPipeline = other.id;
  ids.otherStage = other.stages[0]!.id;
  ids.otherDeal = (await newDeal(owner, { customerId: ids.customer1, pipelineId: other.id })).id;
  await send(owner, 'markLost', { id: ids.otherDeal, lostReason: 'Price' });
  const converted = await newLead(owner, { companyName: 'Con & Verted' });
  const conversion = await send<Record<string, Row>>(owner, 'convertLead', {
    id: converted.id,
    input: { createDeal: {} },
  });
  ids.convertedLead = converted.id;
  ids.convertedCustomer = conversion.customer!.id;
  return { tenant, owner, ids };
}

const rows = (...list: Fields[]) => ({ rows: list, mode: 'ATOMIC' });

/** The bulk forms of a kind, and those that have a single one. */
function ofKind(kind: string, plural: string, { ids }: Pick<UndoWorld, 'ids'>, sound: () => Fields, change: Fields) {
  const [one, two] = [ids[`${kind.toLowerCase()}1`]!, ids[`${kind.toLowerCase()}2`]!];
  const employeeId = ids.employee2;
  const where = { filter: { id: { in: [one, two] } }, expectedCount: one === two ? 1 : 2, mode: 'ATOMIC' };
  const assigned: Record<string, Fields> = {
    [`assign${kind}`]: { id: one, employeeId },
    [`assign${plural}`]: rows({ id: one, employeeId }, { id: two, employeeId: null }),
    [`assign${plural}Where`]: { ...where, employeeId },
  };
  return {
    [`create${kind}`]: { input: sound() },
    [`update${kind}`]: { id: one, input: change },
    [`delete${kind}`]: { id: one },
    [`create${plural}`]: rows({ input: sound() }, { input: sound() }),
    [`update${plural}`]: rows({ id: one, input: change }, { id: two, input: { tags: ['other'] } }),
    [`delete${plural}`]: rows({ id: one }, { id: two }),
    [`update${plural}Where`]: { ...where, input: change },
    [`delete${plural}Where`]: where,
    [`upsert${plural}`]: rows(
      { by: { externalId: 'world-1' }, input: { ...sound(), ...change } },
      { by: { externalId: 'new' }, input: sound() },
    ),
    ...(kind !== 'Employee' && assigned),
  };
}

const note = { text: 'Called again' };
const task = { activityType: 'TASK', title: 'Call again' };

/** Sound variables of every mutation that can be undone; each changes something. */
export function undoableCases(world: Pick<UndoWorld, 'tenant' | 'ids'>): Record<string, Fields> {
  const { ids } = world;
  const change = { tags: ['changed'], externalId: 'world-1-changed' };
  const [lead, deal, activity, vendor] = [ids.lead1, ids.deal1, ids.activity1, ids.vendor1];
  const tagged = { tags: ['changed'] };
  const person = () => ({ firstName: 'New', lastName: 'P', email: freshEmail(), jobTitle: 'Clerk' });
  const three = [ids.Lead, ids.Qualified, ids.Proposal, ids.Negotiation];
  return {
    ...ofKind('Customer', 'Customers', world, () => ({ name: 'New', email: freshEmail() }), tagged),
    ...ofKind('Lead', 'Leads', world, () => ({ name: 'New', email: freshEmail() }), { ...tagged, leadScore: 77 }),
    ...ofKind('Deal', 'Deals', world, () => ({ title: 'New', customerId: ids.customer1 }), {
      ...tagged,
      value: '1234.56',
      stageId: ids.Negotiation,
    }),
    ...ofKind('Activity', 'Activities', world, () => ({ activityType: 'CALL', title: 'New' }), {
      ...tagged,
      status: 'COMPLETED',
    }),
    ...ofKind('Employee', 'Employees', world, person, { ...tagged, salary: '5000.00' }),
    ...ofKind('Vendor', 'Vendors', world, () => ({ name: 'New', email: freshEmail() }), tagged),
    updateCustomer: { id: ids.customer1, input: { ...change, status: 'VIP' } },
    activateCustomer: { id: ids.customer1 },
    deactivateCustomer: { id: ids.customer1 },
    activateCustomers: rows({ id: ids.customer1 }, { id: ids.customer2 }),
    deactivateCustomers: rows({ id: ids.customer1 }, { id: ids.customer2 }),
    addCustomerNote: { customerId: ids.customer1, input: note },
    addCustomerActivity: { customerId: ids.customer1, input: task },
    convertLead: { id: lead, input: { createDeal: { stageId: ids.Proposal } } },
    convertLeads: rows({ id: lead, input: { createDeal: {} } }, { id: ids.lead2 }),
    qualifyLead: { id: lead },
    qualifyLeads: rows({ id: lead }, { id: ids.lead2 }),
    disqualifyLead: { id: lead, reason: 'No money' },
    disqualifyLeads: rows({ id: lead, reason: 'No money' }, { id: ids.lead2 }),
    updateLeadScore: { id: lead, score: 99, reason: 'Asked twice' },
    scoreLeads: rows({ id: lead, score: 99, reason: 'Asked twice' }, { id: ids.lead2, score: 1 }),
    addLeadNote: { leadId: lead, input: note },
    addLeadActivity: { leadId: lead, input: task },
    moveDealStage: { id: deal, stageId: ids['Closed Lost'], lostReason: 'Price' },
    moveDealsToStage: rows({ id: deal, stageId: ids.Negotiation }, { id: ids.closed1, stageId: ids.Qualified }),
    markWon: { id: deal },
    markDealsWon: rows({ id: deal }, { id: ids.deal2 }),
    markLost: { id: deal, lostReason: 'Price' },
    markDealsLost: rows({ id: deal, lostReason: 'Price' }, { id: ids.deal2, lostReason: 'Price' }),
    reopenDeal: { id: ids.closed1 },
    reopenDeals: rows({ id: ids.closed1 }, { id: ids.closed2 }),
    addDealNote: { dealId: deal, input: note },
    addDealActivity: { dealId: deal, input: task },
    createPipeline: { input: { name: 'New', isDefault: true } },
    updatePipeline: { id: ids.otherPipeline, input: { isActive: false, externalId: 'p' } },
    deletePipeline: { id: ids.otherPipeline },
    setDefaultPipeline: { id: ids.otherPipeline },
    createPipelineStage: { input: { pipelineId: ids.pipeline, name: 'New', order: 2 } },
    updatePipelineStage: { id: ids.Proposal, input: { name: 'Offer', probability: '51.00' } },
    deletePipelineStage: { id: ids.Proposal, moveDealsToStageId: ids.Negotiation },
    reorderPipelineStage: { id: ids.Lead, order: 4 },
    reorderPipelineStages: {
      pipelineId: ids.pipeline,
      stageIds: [ids['Closed Lost'], ...three.toReversed(), ids['Closed Won']],
    },
    completeActivity: { id: activity },
    completeActivities: rows({ id: activity }, { id: ids.activity2 }),
    cancelActivity: { id: activity },
    cancelActivities: rows({ id: activity }, { id: ids.activity2 }),
    activateVendor: { id: vendor },
    activateVendors: rows({ id: vendor }, { id: ids.vendor2 }),
    deactivateVendor: { id: vendor },
    deactivateVendors: rows({ id: vendor }, { id: ids.vendor2 }),
    addVendorNote: { vendorId: vendor, input: note },
    addVendorActivity: { vendorId: vendor, input: task },
    updateOrganization: { id: world.tenant.id, input: { name: 'Renamed', description: 'D' } },
  };
}

/** The names of the mutations that can be undone. */
export const undoable = Object.keys(undoableCases({ tenant: { id: '' }, ids: {} }));
