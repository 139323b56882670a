import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import {
  bad,
  Cancel,
  Complete,
  changeActivity,
  createActivity,
  hours,
  type Neighbours,
  neighbours,
  newDeal,
  newLead,
  readActivity,
  updateActivity,
} from '../support/activities.js';
import { activityRow, type Fields, insertRows, newCustomer, type Sender } from '../support/customers.js';
import { sql } from '../support/database.js';
import { refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

let world: Neighbours;
beforeAll(async () => {
  world = await neighbours();
});

describe('the status', () => {
  test('completeActivity completes once; a cancelled activity stays cancelled', async () => {
    const { id } = await createActivity(world.owner);
    expect(await refusal(changeActivity(world.owner, Complete, { id, expectedVersion: 2 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    const done = await changeActivity(world.owner, Complete, { id, expectedVersion: 1 });
    expect(done).toMatchObject({ status: 'COMPLETED', completedAt: expect.any(String), version: 2 });
    expect(await changeActivity(world.owner, Complete, { id })).toEqual(done);
    expect(await refusal(changeActivity(world.owner, Cancel, { id }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'ACTIVITY_COMPLETED',
    });
    const other = await createActivity(world.owner, { status: 'IN_PROGRESS' });
    const cancelled = await changeActivity(world.owner, Cancel, { id: other.id });
    expect(cancelled).toMatchObject({ status: 'CANCELLED', completedAt: null, version: 2 });
    expect(await changeActivity(world.owner, Cancel, { id: other.id })).toEqual(cancelled);
    for (const refused of await Promise.all(
      [
        changeActivity(world.owner, Complete, { id: other.id }),
        updateActivity(world.owner, other.id, { status: 'COMPLETED' }),
      ].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'ACTIVITY_CANCELLED' });
    expect(await updateActivity(world.owner, other.id, { status: 'SCHEDULED' })).toMatchObject({ status: 'SCHEDULED' });
    expect(await changeActivity(world.owner, Complete, { id: other.id })).toMatchObject({ status: 'COMPLETED' });
  });

  test('updateActivity sets completedAt on entering COMPLETED and clears it on leaving', async () => {
    const { id } = await createActivity(world.owner);
    const completedAt = '2024-01-01T00:00:00.000Z';
    expect(await refusal(updateActivity(world.owner, id, { completedAt }))).toMatchObject(
      bad('completedAt', 'NOT_ALLOWED'),
    );
    expect(await updateActivity(world.owner, id, { status: 'COMPLETED' })).toMatchObject({
      completedAt: expect.any(String),
    });
    expect(await updateActivity(world.owner, id, { completedAt })).toMatchObject({ completedAt, status: 'COMPLETED' });
    const kept = await updateActivity(world.owner, id, { status: 'COMPLETED', title: 'Ring again' });
    expect(kept).toMatchObject({ completedAt });
    expect(await updateActivity(world.owner, id, { completedAt, tags: [] })).toEqual(kept);
    expect(await updateActivity(world.owner, id, { status: 'CANCELLED' })).toMatchObject({ completedAt: null });
    expect(await updateActivity(world.owner, id, { status: 'IN_PROGRESS' })).toMatchObject({ completedAt: null });
  });

  test('completedAt of a completed activity cannot be cleared alone', async () => {
    const { id, completedAt } = await createActivity(world.owner, { status: 'COMPLETED' });
    await updateActivity(world.owner, id, { completedAt: null }).catch(() => undefined);
    expect(await readActivity(world.owner, id)).toMatchObject({ status: 'COMPLETED', completedAt });
  });
});

describe('work lists', () => {
  const Work = gql`
    query ($limit: Int, $mine: Boolean! = false) {
      upcomingActivities(limit: $limit, mine: $mine) { title isOverdue }
      overdueActivities(limit: $limit, mine: $mine) { title isOverdue }
    }
  `;
  interface Lists {
    upcomingActivities: { title: string; isOverdue: boolean }[];
    overdueActivities: { title: string; isOverdue: boolean }[];
  }

  test('hold scheduled activities of the future and of the past, in the order in which they are due', async () => {
    const own = await newTenant();
    const rep = await own.member('Sales Rep');
    const employee = await own.employee({ userId: rep.id });
    const planned = (title: string, scheduled_at: string | null, columns: Fields = {}) =>
      activityRow(own.id, { title, scheduled_at, ...columns });
    await insertRows(
      'activities',
      [
        planned('later', hours(48)),
        planned('soon', hours(1), { assigned_to_id: employee }),
        planned('late', hours(-1), { assigned_to_id: employee }),
        planned('very late', hours(-72)),
        planned('some day', null),
        planned('begun', hours(-2), { status: 'IN_PROGRESS' }),
        planned('off', hours(2), { status: 'CANCELLED' }),
        planned('done', hours(-3), { status: 'COMPLETED', completed_at: hours(-3) }),
      ].map((row) => ({ assigned_to_id: null, ...row })),
    );
    const lists = (sender: Sender, variables: Fields = {}) => sender.request<Lists>(Work, variables);
    const titles = ({ upcomingActivities: upcoming, overdueActivities: overdue }: Lists) =>
      [upcoming, overdue].map((list) => list.map(({ title }) => title));
    const all = await lists(rep);
    expect(titles(all)).toEqual([
      ['soon', 'later'],
      ['very late', 'late'],
    ]);
    expect(all.upcomingActivities.map(({ isOverdue }) => isOverdue)).toEqual([false, false]);
    expect(all.overdueActivities.map(({ isOverdue }) => isOverdue)).toEqual([true, true]);
    expect(titles(await lists(rep, { limit: 1 }))).toEqual([['soon'], ['very late']]);
    expect(titles(await lists(rep, { mine: true }))).toEqual([['soon'], ['late']]);
    expect(titles(await lists(await own.member('Viewer'), { mine: true }))).toEqual([[], []]);
    for (const limit of [0, 101, -1])
      expect(await refusal(lists(rep, { limit }))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'limit', code: 'OUT_OF_RANGE' }],
      });
    expect(titles(await lists(rep, { limit: null }))).toEqual(titles(all));
    const { activities } = await rep.request<{ activities: { nodes: object[] } }>(
      gql`{ activities(orderBy: [{ field: TITLE }]) { nodes { title isOverdue } } }`,
    );
    expect(activities.nodes.filter((node) => (node as { isOverdue: boolean }).isOverdue)).toEqual([
      { title: 'late', isOverdue: true },
      { title: 'very late', isOverdue: true },
    ]);
  });
});

describe('timelines', () => {
  test('of customer, lead and deal list what is linked; their notes exactly the notes', async () => {
    const customer = (await newCustomer(world.owner)).id;
    const lead = await newLead(world.owner, 'Lea');
    const deal = await newDeal(world.owner, customer);
    const links = { customerId: customer, leadId: lead, dealId: deal };
    const call = await createActivity(world.owner, { ...links, title: 'call' });
    const note = await createActivity(world.owner, { ...links, activityType: 'NOTE', title: 'note' });
    await createActivity(world.owner, { title: 'apart' });
    const page = '{ totalCount nodes { id } }';
    const Timelines = gql`
      query ($customer: ID!, $lead: ID!, $deal: ID!) {
        customer(id: $customer) { activities ${page} notes ${page} }
        lead(id: $lead) { activities ${page} notes ${page} }
        deal(id: $deal) { activities ${page} notes ${page} }
        calls: customer(id: $customer) { activities(filter: { activityType: { eq: CALL } }) ${page} }
      }
    `;
    const expected = {
      activities: { totalCount: 2, nodes: [{ id: note.id }, { id: call.id }] },
      notes: { totalCount: 1, nodes: [{ id: note.id }] },
    };
    expect(await world.owner.request(Timelines, { customer, lead, deal })).toEqual({
      customer: expected,
      lead: expected,
      deal: expected,
      calls: { activities: { totalCount: 1, nodes: [{ id: call.id }] } },
    });
  });

  test('search title, description and customer name; filter by the rest', async () => {
    const word = `w${v7().slice(-8)}`;
    const customer = await newCustomer(world.owner, { name: `Mr ${word}` });
    const byName = await createActivity(world.owner, { customerId: customer.id });
    const byTitle = await createActivity(world.owner, { title: `${word}!`, isPinned: true });
    const byText = await createActivity(world.owner, {
      description: `x ${word}`,
      activityType: 'TASK',
      taskPriority: 'LOW',
    });
    await createActivity(world.owner, { activityType: 'EMAIL', emailBody: word });
    const found = async (filter: Fields | null) =>
      (
        await world.owner.request<{ activities: { nodes: { id: string }[] } }>(
          gql`
            query ($word: String, $filter: ActivityFilter) {
              activities(search: $word, filter: $filter) { nodes { id } }
            }
          `,
          { word: word.toUpperCase(), filter: filter ?? {} },
        )
      ).activities.nodes.map(({ id }) => id);
    expect(await found(null)).toEqual([byText.id, byTitle.id, byName.id]);
    expect(await found({ isPinned: { eq: true } })).toEqual([byTitle.id]);
    expect(await found({ taskPriority: { eq: 'LOW' } })).toEqual([byText.id]);
    expect(await found({ customer: { name: { contains: word } } })).toEqual([byName.id]);
    expect(await found({ createdById: { eq: world.owner.id } })).toHaveLength(3);
    expect(await found({ mine: true })).toEqual([]);
  });

  test('the database refuses what no request could make', async () => {
    const { id } = await createActivity(world.owner);
    await expect(sql(`update activities set completed_at = now() where id = $1`, [id])).rejects.toThrow();
    await expect(sql(`update activities set status = 'COMPLETED' where id = $1`, [id])).rejects.toThrow();
  });
});
