import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { type Fields, newCustomer } from '../support/customers.js';
import { customersOf, idsOf, manyCustomers } from '../support/list-walks.js';
import { partialAnswer, refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

describe('pages', () => {
  const listOf30 = async () => {
    const tenant = await newTenant();
    await manyCustomers(tenant, 30);
    const list = customersOf(tenant.owner);
    return { list, whole: idsOf(await list({ page: 1, pageSize: 100 })) };
  };

  test('have 25 rows when a cursor or nothing is given', async () => {
    const { list, whole } = await listOf30();
    expect(idsOf(await list({}))).toEqual(whole.slice(0, 25));
    expect(idsOf(await list({ page: 1 }))).toEqual(whole.slice(0, 25));
    expect(idsOf(await list({ page: 2 }))).toEqual(whole.slice(25));
    expect(idsOf(await list({ pageSize: 10 }))).toEqual(whole.slice(0, 10));
    const first = await list({ first: 1 });
    expect(idsOf(await list({ after: first.pageInfo.endCursor }))).toEqual(whole.slice(1, 26));
    const last = await list({ last: 1 });
    expect(idsOf(last)).toEqual(whole.slice(29));
    expect(idsOf(await list({ before: last.pageInfo.startCursor }))).toEqual(whole.slice(4, 29));
  });

  test('arguments given as null count as omitted', async () => {
    const { list, whole } = await listOf30();
    const nulls = { filter: null, search: null, orderBy: null, last: null, before: null, page: null, pageSize: null };
    expect(idsOf(await list({ ...nulls, first: 3, after: null }))).toEqual(whole.slice(0, 3));
  });

  test('know exactly whether rows follow or precede', async () => {
    const { list } = await listOf30();
    const flags = async (args: Fields) => {
      const { hasPreviousPage, hasNextPage } = (await list(args)).pageInfo;
      return [hasPreviousPage, hasNextPage];
    };
    expect(await flags({ first: 29 })).toEqual([false, true]);
    expect(await flags({ first: 30 })).toEqual([false, false]);
    expect(await flags({ last: 29 })).toEqual([true, false]);
    expect(await flags({ last: 30 })).toEqual([false, false]);
    const { edges } = await list({ first: 30 });
    expect(await flags({ first: 5, after: edges[24]!.cursor })).toEqual([true, false]);
    expect(await flags({ first: 5, after: edges[23]!.cursor })).toEqual([true, true]);
    expect(await flags({ last: 5, before: edges[5]!.cursor })).toEqual([false, true]);
    expect(await flags({ last: 5, before: edges[6]!.cursor })).toEqual([true, true]);
    expect(await flags({ first: 5, after: edges[29]!.cursor })).toEqual([true, false]);
    expect(await flags({ page: 1, pageSize: 30 })).toEqual([false, false]);
    expect(await flags({ page: 2, pageSize: 15 })).toEqual([true, false]);
    expect(await flags({ page: 1, pageSize: 29 })).toEqual([false, true]);
  });

  test('past the end are empty', async () => {
    const { list } = await listOf30();
    expect(await list({ page: 100, pageSize: 100 })).toEqual({
      totalCount: 30,
      nodes: [],
      edges: [],
      pageInfo: {
        hasNextPage: false,
        hasPreviousPage: true,
        startCursor: null,
        endCursor: null,
        page: 100,
        pageSize: 100,
        pageCount: 1,
      },
    });
    const none = await list({ page: 2, filter: { status: { in: [] } } });
    expect(none).toMatchObject({ totalCount: 0, nodes: [] });
    expect(none.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false, pageCount: 0 });
  });

  test('know whether rows precede them although nobody asks for the total', async () => {
    const { owner } = await newTenant();
    const document = gql`query ($page: Int) { customers(page: $page) { pageInfo { hasPreviousPage } } }`;
    const ask = async (page: number) =>
      (await owner.request<{ customers: { pageInfo: Fields } }>(document, { page })).customers.pageInfo;
    expect(await ask(3)).toEqual({ hasPreviousPage: false });
    await newCustomer(owner);
    expect(await ask(3)).toEqual({ hasPreviousPage: true });
  });

  test('never change the total', async () => {
    const { list } = await listOf30();
    const { pageInfo } = await list({ first: 20 });
    for (const paging of [
      { first: 1 },
      { last: 1 },
      { after: pageInfo.endCursor },
      { before: pageInfo.endCursor },
      { page: 9 },
    ])
      expect((await list(paging)).totalCount).toBe(30);
    const filter = { status: { eq: 'VIP' } };
    expect(await list({ filter, page: 2, pageSize: 5 })).toMatchObject({ totalCount: 8, pageInfo: { pageCount: 2 } });
  });

  test.each<Fields>([
    { first: 0 },
    { first: -1 },
    { first: 101 },
    { last: 0 },
    { last: -1 },
    { last: 101 },
    { page: 0 },
    { page: -1 },
    { pageSize: 0 },
    { pageSize: -1 },
    { pageSize: 101 },
    { page: 1, pageSize: 0 },
    { first: 1, last: 1 },
    { first: 1, before: 'cursor' },
    { last: 1, after: 'cursor' },
    { first: 1, page: 1 },
    { last: 1, page: 1 },
    { after: 'cursor', page: 1 },
    { before: 'cursor', page: 1 },
    { first: 1, pageSize: 1 },
    { last: 1, pageSize: 1 },
    { after: 'cursor', pageSize: 1 },
    { before: 'cursor', pageSize: 1 },
    { page: 101, pageSize: 100 },
    { page: 401 },
    { page: 10_001, pageSize: 1 },
    { page: 2_147_483_647, pageSize: 100 },
  ])('with %j are refused', async (args) => {
    const { owner } = await newTenant();
    const told = await refusal(customersOf(owner)(args));
    expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_PAGINATION', path: ['list'] });
    for (const { path } of told.fields as { path: string }[]) expect(Object.keys(args)).toContain(path);
  });

  test.each<Fields>([
    { page: 100, pageSize: 100 },
    { page: 10_000, pageSize: 1 },
    { page: 400 },
    { first: 100 },
    { last: 100 },
  ])('with %j are allowed', async (args) => {
    const { owner } = await newTenant();
    expect((await customersOf(owner)(args)).nodes).toEqual([]);
  });

  test('of a list below a record are refused at its place, the rest of the answer stands', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    const document = gql`query ($id: ID!) { customer(id: $id) { name activities(first: 101) { totalCount } } }`;
    const { data, errors } = await partialAnswer(owner.request(document, { id }));
    expect(data).toEqual({ customer: { name: 'Ada', activities: null } });
    expect(errors).toMatchObject([
      { path: ['customer', 'activities'], extensions: { code: 'BAD_USER_INPUT', reason: 'INVALID_PAGINATION' } },
    ]);
  });
});

describe('orders', () => {
  test('of more than 5 keys, or with one twice, are refused', async () => {
    const { owner } = await newTenant();
    const list = customersOf(owner);
    const keys = ['NAME', 'EMAIL', 'CITY', 'STATUS', 'RATING', 'CREATED_AT'].map((field) => ({ field }));
    expect((await list({ orderBy: keys.slice(0, 5) })).nodes).toEqual([]);
    const twice = [
      { field: 'NAME', direction: 'ASC' },
      { field: 'NAME', direction: 'DESC' },
    ];
    for (const orderBy of [keys, twice])
      expect(await refusal(list({ orderBy }))).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_ORDER' });
  });

  test('by something unknown are refused by GraphQL itself', async () => {
    const { owner } = await newTenant();
    expect(await refusal(owner.request('{ customers(orderBy: [{ field: PHONE }]) { totalCount } }'))).toMatchObject({
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
  });
});
