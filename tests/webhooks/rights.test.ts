import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { newApiKey } from '../support/api-keys.js';
import { changeCustomer, newCustomer } from '../support/customers.js';
import { idOf, sql } from '../support/database.js';
import { createEmployee } from '../support/employees.js';
import { eventually } from '../support/eventually.js';
import { memberWith, roleNamed, strip } from '../support/permissions.js';
import { newReceiver, type Receiver } from '../support/receiver.js';
import { newLead } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { CreateWebhook, hooked, newWebhook, othersSend, webhookState } from '../support/webhooks.js';

const Update = gql`
  mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { responsible { id } } }
`;
const Enable = gql`mutation ($id: ID!) { enableWebhook(id: $id) { isActive disabledReason responsible { id } } }`;
const Leave = gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`;

const admin = ['organization:update', 'customer:read', 'employee:read'];

let tenant: Tenant;
let receiver: Receiver;
let url: string;

beforeAll(async () => {
  tenant = await newTenant();
  ({ receiver, url } = await newReceiver());
});

/** The first message about a record to a path. */
async function messageTo(path: string, recordId: string) {
  const find = () => receiver.about(recordId).find((one) => one.path === path);
  await eventually(() => expect(find()).toBeDefined());
  return find()!.event;
}

const namesIn = (event: { data: { fields: { name: string }[] } }) => event.data.fields.map(({ name }) => name);

describe('a webhook sees what its responsible member may see', () => {
  test('without salaries, also of the past, unless that member sees them', async () => {
    const member = await memberWith(tenant, admin);
    await newWebhook(member.as(tenant.id), { url: `${url}/member` });
    await newWebhook(tenant.owner, { url: `${url}/owner` });
    const { id } = await createEmployee(tenant.owner, { salary: '4321.00', userId: member.id });
    expect(namesIn(await messageTo('/owner', id))).toContain('salary');
    const seen = await messageTo('/member', id);
    expect(namesIn(seen)).toContain('firstName');
    expect(JSON.stringify(seen)).not.toContain('4321');
  });

  test('without records that the member may not read, from the loss of the permission on', async () => {
    const other = await newTenant();
    const member = await memberWith(other, ['organization:update', 'customer:read', 'lead:read']);
    await newWebhook(member.as(other.id), { url: `${url}/losing` });
    const lead = await newLead(other.owner);
    await messageTo('/losing', lead.id as string);
    await strip(other.id, 'lead:read');
    const unseen = await newLead(other.owner);
    const { id } = await newCustomer(other.owner);
    await messageTo('/losing', id);
    expect(receiver.about(unseen.id as string)).toEqual([]);
  });

  test('and neither keys nor webhooks, as an API key', async () => {
    const world = await hooked({});
    const { owner } = world;
    await newApiKey(owner, world.tenant.id);
    await newWebhook(owner, { url: `${world.url}/other` });
    const { id } = await newCustomer(owner);
    await eventually(() => expect(world.receiver.about(id)).toHaveLength(2));
    const types = new Set(world.receiver.received.map(({ event }) => event.data.recordType));
    expect(types).toEqual(new Set(['CUSTOMER']));
  });

  test('and rests while that member is suspended, without missing anything', async () => {
    const world = await hooked();
    const profile = await idOf('select id from user_profiles where user_id = $1', [world.owner.id]);
    const setStatus = (status: string, isOwner: boolean) =>
      Promise.all([
        sql('update user_profiles set status = $2 where id = $1', [profile, status]),
        sql('update memberships set is_owner = $2 where user_id = $1', [world.owner.id, isOwner]),
      ]);
    const second = await world.tenant.member();
    await sql('update memberships set is_owner = true where user_id = $1', [second.id]);
    await setStatus('SUSPENDED', false);
    const { id } = await newCustomer(second.as(world.tenant.id));
    await eventually(async () => {
      const resting = await sql('select from webhook_readers where webhook_id = $1 and not_before > now()', [world.id]);
      expect(resting).toHaveLength(1);
    });
    expect(world.receiver.received).toEqual([]);
    await setStatus('ACTIVE', true);
    await sql('update webhook_readers set not_before = null where webhook_id = $1', [world.id]);
    await eventually(() => expect(world.receiver.about(id)).toHaveLength(1));
  });
});

describe('another member', () => {
  let member: Person;
  let webhook: { id: string };
  beforeAll(async () => {
    member = await memberWith(tenant, admin);
    webhook = await newWebhook(tenant.owner, { url: `${url}/theirs`, recordTypes: ['EMPLOYEE'] });
  });

  test('who changes the address is responsible from then on, so that nobody sees more by it', async () => {
    const as = member.as(tenant.id);
    const { updateWebhook: same } = await as.request<{ updateWebhook: object }>(Update, {
      id: webhook.id,
      input: { description: 'D', url: `${url}/theirs` },
    });
    expect(same).toEqual({ responsible: { id: tenant.owner.id } });
    const { updateWebhook: other } = await as.request<{ updateWebhook: object }>(Update, {
      id: webhook.id,
      input: { url: `${url}/mine` },
    });
    expect(other).toEqual({ responsible: { id: member.id } });
    const { id } = await createEmployee(tenant.owner, { salary: '4321.00' });
    expect(namesIn(await messageTo('/mine', id))).not.toContain('salary');
  });
});

describe('a member who leaves', () => {
  test('leaves a disabled webhook, which somebody else takes over and which has missed nothing', async () => {
    const other = await newTenant();
    const leaving = await other.member('Admin');
    const webhook = await newWebhook(leaving.as(other.id), { url: `${url}/left`, recordTypes: ['CUSTOMER'] });
    await other.owner.request(Leave, { id: leaving.membershipId });
    expect(await webhookState(webhook)).toEqual({ disabled_reason: 'ABANDONED', responsible_id: null });
    const { id } = await newCustomer(other.owner);
    await other.owner.request(
      gql`
        mutation ($userId: ID!, $roleIds: [ID!]) {
          addOrganizationMember(input: { userId: $userId, roleIds: $roleIds }) { id }
        }
      `,
      { userId: leaving.id, roleIds: [await roleNamed(other, 'Admin')] },
    );
    expect(await webhookState(webhook)).toEqual({ disabled_reason: 'ABANDONED', responsible_id: null });
    await othersSend(other.owner);
    expect(receiver.about(id)).toEqual([]);
    const { enableWebhook } = await other.owner.request<{ enableWebhook: object }>(Enable, { id: webhook.id });
    expect(enableWebhook).toEqual({ isActive: true, disabledReason: null, responsible: { id: other.owner.id } });
    await messageTo('/left', id);
  });
});

test('a webhook rests while the account of its member is closed, until somebody else enables it', async () => {
  const other = await newTenant();
  const closing = await other.member('Admin');
  const webhook = await newWebhook(closing.as(other.id), { url: `${url}/closed-account`, recordTypes: ['CUSTOMER'] });
  await sql('update users set is_active = false where id = $1', [closing.id]);
  const { id } = await newCustomer(other.owner);
  await othersSend(other.owner);
  expect(receiver.about(id)).toEqual([]);
  const { enableWebhook } = await other.owner.request<{ enableWebhook: object }>(Enable, { id: webhook.id });
  expect(enableWebhook).toEqual({ isActive: true, disabledReason: null, responsible: { id: other.owner.id } });
  await messageTo('/closed-account', id);
});

test('a webhook of a closed organization sends nothing', async () => {
  const world = await hooked();
  const { id } = await newCustomer(world.owner);
  await eventually(() => expect(world.receiver.about(id)).toHaveLength(1));
  await world.owner.request(gql`mutation ($id: ID!) { deleteOrganization(id: $id) { id } }`, { id: world.tenant.id });
  await sql('update webhook_readers set is_behind = true where webhook_id = $1', [world.id]);
  const other = await hooked();
  await changeCustomer(other.owner, (await newCustomer(other.owner)).id, { name: 'Bea' });
  await eventually(() => expect(other.receiver.received).toHaveLength(2));
  expect(world.receiver.received).toHaveLength(1);
});

test('an organization has at most 20 webhooks', async () => {
  const { owner } = await newTenant();
  for (let n = 0; n < 20; n += 1) await newWebhook(owner, { url, recordTypes: ['VENDOR'] });
  expect(await refusal(owner.request(CreateWebhook, { input: { url } }))).toMatchObject({
    code: 'CONFLICT',
    reason: 'WEBHOOK_LIMIT',
  });
});
