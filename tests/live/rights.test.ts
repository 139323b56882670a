import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { newApiKey } from '../support/api-keys.js';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { listen } from '../support/live.js';
import { walk } from '../support/log.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let owner: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

const sessionsOf = (userId: string) => sql('update sessions set revoked_at = now() where user_id = $1', [userId]);

describe('each subscriber', () => {
  test('gets the changes of the feed, and fields of those that they may see', async () => {
    const fields = 'id recordType recordId action fields { name before after } record { id }';
    const people = { owner, rep: await tenant.member('Sales Rep'), bare: await tenant.member() };
    const lives = Object.values(people).map((person) => listen(person, { fields }));
    const begun = await Promise.all(lives.map((live) => live.begun));
    await newCustomer(owner);
    await owner.request(gql`mutation { createEmployee(input: {
      firstName: "Eve", lastName: "Early", email: "eve@${tenant.id}.example", salary: "5000.00" }) { id } }`);
    const last = await newCustomer(owner);
    const others = Object.values(people);
    for (const [place, live] of lives.entries()) {
      const { changes } = await walk(others[place]!, { after: begun[place]!.cursor });
      const seen = await live.changes(changes.length);
      expect(seen.map(({ id }) => id)).toEqual(changes.map(({ id }) => id));
      const known = seen as unknown as { fields: unknown }[];
      expect(known.map((change) => change.fields)).toEqual(changes.map((change) => change.fields));
      live.close();
    }
    const salaries = await walk(people.rep, { after: begun[0]!.cursor });
    expect(salaries.changes.at(-1)?.recordId).toBe(last.id);
  });

  test('who loses a permission gets nothing of what happens afterwards', async () => {
    const member = await tenant.member('Sales Rep');
    const live = listen(member);
    await live.begun;
    await sql(
      `delete from role_permissions g using roles r, permissions p
       where r.id = g.role_id and p.id = g.permission_id and g.organization_id = $1
         and r.name = 'Sales Rep' and p.resource = 'customer'`,
      [tenant.id],
    );
    await newCustomer(owner);
    const lead = await owner.request<{ createLead: { id: string } }>(
      gql`mutation { createLead(input: { name: "Lead", email: "l@leads.example" }) { id } }`,
    );
    expect(await live.changes(1)).toMatchObject([{ recordType: 'LEAD', recordId: lead.createLead.id }]);
    live.close();
  });
});

describe('a stream ends', () => {
  test('when its member is removed', async () => {
    const member = await tenant.member('Sales Rep');
    const live = listen(member);
    await live.begun;
    await owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: member.membershipId,
    });
    expect(await live.ending()).toMatchObject({ code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' });
  });

  test('when its session is ended', async () => {
    const member = await tenant.member('Sales Rep');
    const live = listen(member);
    await live.begun;
    await sessionsOf(member.id);
    expect(await live.ending()).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' });
  });

  test('when its API key is revoked', async () => {
    const key = await newApiKey(owner, tenant.id);
    const live = listen({ token: key.secret });
    await live.begun;
    await owner.request(gql`mutation ($id: ID!) { revokeApiKey(id: $id) { id } }`, { id: key.id });
    expect(await live.ending()).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'API_KEY_INVALID' });
  });
});
