import { beforeEach, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { type Fields, freshEmail, type Sender } from '../support/customers.js';
import { memberWith, strip } from '../support/permissions.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, type Bearer, change, undo } from '../support/undo.js';

interface SeenSet {
  id: string;
  actorName: string;
  operations: string[];
  source: string;
  requestId: string | null;
  counts: { recordType: string }[];
  changes: { nodes: { recordType: string }[] };
  undoes: { id: string } | null;
  undoneBy: { id: string } | null;
}

const everyField = `
  id actorName operations source requestId
  counts { recordType }
  changes { nodes { recordType } }
  undoes { id }
  undoneBy { id }`;

let tenant: Tenant;
let owner: Person;
/** Reads deals only, and no change sets of others. */
let reader: Person;
let customer: string;
let deal: string;

beforeEach(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  reader = await memberWith(tenant, ['deal:read']);
  ({ id: customer } = await does(owner, 'createCustomer', { input: { email: freshEmail() } }));
  ({ id: deal } = await does(owner, 'createDeal', { input: { title: 'Deal', customerId: customer } }));
});

const does = (who: Bearer, name: string, variables: Fields) => change(who, tenant.id, name, variables);

/** Changes the customer and the deal in one change set. */
async function changesBoth(): Promise<string> {
  const Both = `mutation ($customer: ID!, $deal: ID!) {
    updateCustomer(id: $customer, input: { city: "Bern" }) { id }
    updateDeal(id: $deal, input: { title: "Better" }) { id }
  }`;
  const { extensions } = await act(owner, tenant.id, Both, { customer, deal });
  return extensions!.changeSetId!;
}

/** The change sets that the changes of deals name, newest first. */
async function setsOfDeals(sender: Sender): Promise<SeenSet[]> {
  const { deal: found } = await sender.request<{ deal: { history: { nodes: { changeSet: SeenSet }[] } } }>(
    gql`query ($deal: ID!) { deal(id: $deal) { history { nodes { changeSet { ${everyField} } } } } }`,
    { deal },
  );
  return found.history.nodes.map(({ changeSet }) => changeSet);
}

async function listedFor(sender: Sender, id: string) {
  const document = gql`
    query ($id: ID!) {
      changeSet(id: $id) { id }
      node(id: $id) { id }
      changeSets(filter: { id: { eq: $id } }) { nodes { id } }
    }
  `;
  return sender.request(document, { id });
}

const here = (person: Person) => person.as(tenant.id);

describe('a change set of somebody else', () => {
  test('tells with each change who made it and how, and those other changes that the caller may read', async () => {
    const id = await changesBoth();
    const [seen] = await setsOfDeals(here(reader));
    expect(seen).toEqual({
      ...{ id, actorName: 'Pat Poe', operations: ['updateCustomer', 'updateDeal'], source: 'API' },
      ...{ requestId: null, undoes: null, undoneBy: null },
      counts: [{ recordType: 'DEAL' }],
      changes: { nodes: [{ recordType: 'DEAL' }] },
    });
    const [whole] = await setsOfDeals(here(owner));
    expect(whole).toMatchObject({
      requestId: expect.any(String),
      changes: { nodes: [{ recordType: 'DEAL' }, { recordType: 'CUSTOMER' }] },
    });
  });

  test('is neither listed nor found by its id', async () => {
    const id = await changesBoth();
    expect(await listedFor(here(reader), id)).toEqual({ changeSet: null, node: null, changeSets: { nodes: [] } });
    const found = { id };
    expect(await listedFor(here(owner), id)).toEqual({
      ...{ changeSet: found, node: found },
      changeSets: { nodes: [found] },
    });
  });

  test('is named as undone, and as the undo, where the caller may read a change of it', async () => {
    const id = await changesBoth();
    const { changeSetId } = await undo(owner, tenant.id, id);
    for (const sender of [here(reader), here(owner)]) {
      const [second, first] = await setsOfDeals(sender);
      expect([second!.undoes, first!.undoneBy]).toEqual([{ id }, { id: changeSetId }]);
    }
  });

  test('is not named as the undo if the caller may read none of its changes', async () => {
    const id = await changesBoth();
    await does(owner, 'updateDeal', { id: deal, input: { title: 'Best' } });
    const { changeSetId } = await undo(owner, tenant.id, id, { mode: 'PER_ROW' });
    expect(changeSetId).toEqual(expect.any(String));
    expect((await setsOfDeals(here(reader))).map(({ undoneBy }) => undoneBy)).toEqual([null, null, null]);
    expect((await setsOfDeals(here(owner))).map(({ undoneBy }) => undoneBy)).toEqual([null, { id: changeSetId }, null]);
  });

  test('is not named as undone once the caller may read none of its changes', async () => {
    const admin = await memberWith(tenant, ['customer:read', 'customer:update', 'organization:update']);
    const { changeSetId: id } = await does(owner, 'updateCustomer', { id: customer, input: { city: 'Bern' } });
    const { changeSetId } = await undo(admin, tenant.id, id);
    const Own = gql`query ($id: ID!) { changeSet(id: $id) { source undoes { id } } }`;
    const own = () => here(admin).request(Own, { id: changeSetId });
    expect(await own()).toEqual({ changeSet: { source: 'UNDO', undoes: { id } } });
    for (const permission of ['customer:read', 'organization:update']) await strip(tenant.id, permission);
    expect(await own()).toEqual({ changeSet: { source: 'UNDO', undoes: null } });
  });

  test('is named where it is in the way of an undo', async () => {
    const rep = await memberWith(tenant, ['customer:read', 'customer:update']);
    const { changeSetId } = await does(rep, 'updateCustomer', { id: customer, input: { city: 'Bern' } });
    const later = await does(owner, 'updateCustomer', { id: customer, input: { city: 'Rome' } });
    const { result } = await undo(rep, tenant.id, changeSetId);
    expect(result!.results[0]!.conflicts).toMatchObject([{ laterChangeSet: { id: later.changeSetId } }]);
  });
});
