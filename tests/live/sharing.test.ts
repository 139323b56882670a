import { beforeAll, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { changeCustomer, newCustomer } from '../support/customers.js';
import { listen } from '../support/live.js';
import { anotherServer, manyPeople, statementsOf } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let server: string;

beforeAll(async () => {
  tenant = await newTenant();
  server = await anotherServer({ ...manyPeople, NODE_ENV: 'test', MAX_STREAMS_PER_CALLER: '1000' });
});

const fields = `
  id recordType recordId action fields { name before after afterLabel }
  record { id ... on Customer { name assignedTo { id } } } changeSet { id actorName }`;

test.each([
  ['no filter', () => undefined],
  ['filters of their own', () => ({ recordId: { ne: v7() }, action: { eq: 'UPDATED' } })],
])('a change costs as many statements for 250 subscribers of one role as for one, with %s', async (_what, filter) => {
  const { owner } = tenant;
  const people = await Promise.all(Array.from({ length: 5 }, () => tenant.member('Sales Rep')));
  const { id } = await newCustomer(owner);
  const costs: number[] = [];
  for (const count of [1, 250]) {
    const lives = Array.from({ length: count }, (_, n) =>
      listen(people[n % people.length]!, { server, fields, filter: filter() }),
    );
    await Promise.all(lives.map((live) => live.begun));
    const sent = await statementsOf(async () => {
      await changeCustomer(owner, id, { name: `Of ${count}` });
      await Promise.all(lives.map((live) => live.changes(1)));
    });
    costs.push(sent.filter((text) => !text.includes('log_news')).length);
    for (const live of lives) live.close();
  }
  expect(costs[1]).toBe(costs[0]);
});
