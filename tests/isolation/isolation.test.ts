/**
 * This file changes how its servers send statements, so it has servers of its own.
 *
 * @jest-environment node
 */
import { beforeAll, expect, test } from '@jest/globals';
import { urls } from '../support/database.js';
import { anotherServer, manyPeople, origin } from '../support/server.js';
import { Campaign } from './campaign.js';
import { keepState, type State } from './state.js';
import { withoutFilter } from './without-filter.js';
import { newWorld, type World } from './world.js';

const isLong = process.env.TEST_LONG === '1';
const operations = Number(process.env.ISOLATION_OPERATIONS ?? (isLong ? 34_000 : 100));
const seed = Number(process.env.ISOLATION_SEED ?? (isLong ? Date.now() % 1_000_000 : 1));
const limit = isLong ? 7_200_000 : 60_000;

let world: World;
let state: State;

beforeAll(async () => {
  world = await newWorld();
  state = await keepState(world);
});

/** The settings begin with different fields, so that the short form has all of them. */
async function expectIsolated(name: string, server: string, place: number): Promise<void> {
  const began = Date.now();
  const campaign = new Campaign(world, state, server);
  await campaign.run({ seed: seed + place, operations });
  const { answered, changes, findings, speaker } = campaign;
  const figures = { setting: name, seed, operations: campaign.operations, answered, changes, requests: speaker.sent };
  if (isLong)
    console.info({ ...figures, findings: findings.length, minutes: Math.round((Date.now() - began) / 6000) / 10 });
  expect({ ...figures, findings }).toEqual({ ...figures, findings: [] });
  expect(answered).toBeGreaterThan(operations / 4);
  expect(changes).toBeGreaterThan(0);
}

test(
  'another organization is neither changed nor told of, and no answer depends on it',
  () => expectIsolated('both walls', origin, 0),
  limit,
);

test(
  'the same holds by the application’s filter alone, without row-level security',
  async () => expectIsolated('filter alone', await anotherServer(manyPeople, urls.superuserUrl), 1),
  limit,
);

test(
  'the same holds by row-level security alone, without the application’s filter',
  async () => {
    const server = await anotherServer(manyPeople);
    const missed = await withoutFilter(() => expectIsolated('row-level security alone', server, 2));
    expect([...missed]).toEqual([]);
  },
  limit,
);

test(
  'without both walls, changes, leaks and differences are found',
  async () => {
    const campaign = new Campaign(world, state, await anotherServer(manyPeople, urls.superuserUrl));
    // Not every seed has one of each among so few.
    await withoutFilter(() => campaign.run({ seed: 1, operations: 200 }));
    expect(new Set(campaign.findings.map(({ kind }) => kind))).toEqual(new Set(['changed', 'leaked', 'differs']));
  },
  limit,
);
