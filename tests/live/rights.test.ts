import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { createClient } from 'graphql-sse';
import { newApiKey } from '../support/api-keys.js';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { type LiveEvent, listen, liveOf } from '../support/live.js';
import { walk } from '../support/log.js';
import { origin } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

interface Parted {
  changeSet: { changes: { nodes: { id: string }[] } };
}

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

  test('is told what depends on who asks, although another has the same permissions', async () => {
    const [author, other] = [await tenant.member('Sales Rep'), await tenant.member('Sales Rep')];
    const fields = 'id changeSet { requestId }';
    const lives = [author, other].map((person) =>
      listen<{ changeSet: { requestId: string | null } }>(person, { fields }),
    );
    await Promise.all(lives.map((live) => live.begun));
    await newCustomer(author);
    const told = await Promise.all(lives.map((live) => live.changes(1)));
    expect(told.flat().map(({ changeSet }) => changeSet.requestId)).toEqual([expect.any(String), null]);
    for (const live of lives) live.close();
  });

  test('gets answers by their own variables, also in fragments', async () => {
    const query = `
      subscription ($n: Int) { changeAdded { cursor change { id changeSet { ...Part } } } }
      fragment Part on ChangeSet { changes(first: $n) { nodes { id } } }`;
    const lives = [1, 2].map((n) => {
      const client = createClient({ url: `${origin}/graphql`, headers: { authorization: `Bearer ${owner.token}` } });
      const results = client.iterate<{ changeAdded: LiveEvent<Parted> }>({ query, variables: { n } });
      return liveOf(results, () => client.dispose());
    });
    await Promise.all(lives.map((live) => live.begun));
    await owner.request(gql`mutation {
      a: createCustomer(input: { name: "A", email: "a@parts.example" }) { id }
      b: createCustomer(input: { name: "B", email: "b@parts.example" }) { id }
    }`);
    const told = await Promise.all(lives.map((live) => live.changes(2)));
    expect(told.map((changes) => changes.map(({ changeSet }) => changeSet.changes.nodes.length))).toEqual([
      [1, 1],
      [2, 2],
    ]);
    for (const live of lives) live.close();
  });

  test('hears regularly that the stream lives, although nothing that happens matches', async () => {
    const live = listen(owner, { filter: { recordType: { eq: 'VENDOR' } } });
    await live.begun;
    const since = performance.now();
    let isTold = false;
    const next = live.event().finally(() => {
      isTold = true;
    });
    while (!isTold) {
      await newCustomer(owner);
      await pause(500);
    }
    expect((await next).change).toBeNull();
    // Fifteen seconds are promised; the machine may be busy with other tests.
    expect(performance.now() - since).toBeLessThan(20_000);
    live.close();
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
