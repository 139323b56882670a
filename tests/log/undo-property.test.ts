import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  anyDocument,
  documentFor,
  newOrganization,
  type Organization,
  perform,
  reset,
} from '../support/any-changes.js';
import { anyWorld, type World } from '../support/any-sales.js';
import { undo } from '../support/undo.js';
import { brokenRules, expectSound, plain, rowsOf } from '../support/undo-oracle.js';
import { undoable } from '../support/undoable-cases.js';

const isLong = process.env.TEST_LONG === '1';
const runs = isLong ? { numRuns: 5000 } : { numRuns: 50, seed: 24 };
const patience = isLong ? 7_200_000 : 120_000;

/** Worlds in one organization, whose owner's token is valid for ten minutes. */
const worldsOfOrganization = 500;

let organization: Organization;
let worlds = 0;

async function enter(world: World): Promise<void> {
  if (worlds % worldsOfOrganization === 0) organization = await newOrganization();
  worlds += 1;
  await reset(organization, world);
}

const state = () => rowsOf(organization.tenant.id);
/** Rules that every mutation keeps. Deals whose customer or lead is deleted are left without one. */
const contradictions = async () => (await brokenRules(organization.tenant.id)).filter(({ rule }) => rule !== 'buyer');
const undoes = (id: string, mode = 'ATOMIC') => undo(organization.tenant.owner, organization.tenant.id, id, { mode });

test(
  'undoing change sets, the last one first, gives each state back, and undoing the undo does it again',
  async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.array(anyDocument, { minLength: 1, maxLength: 3 }), async (world, documents) => {
        await enter(world);
        const steps: { id: string; before: unknown; after: unknown }[] = [];
        let before = plain(await state());
        for (const document of documents) {
          const id = await perform(organization, document);
          const after = plain(await state());
          expect(await contradictions()).toEqual([]);
          if (id) steps.push({ id, before, after });
          else expect(after).toEqual(before);
          before = after;
        }
        for (const { id, before, after } of steps.reverse()) {
          const undone = await undoes(id);
          expect(undone.error).toBeUndefined();
          expect(undone.result!.summary.failed).toBe(0);
          expect(plain(await state())).toEqual(before);
          if (!undone.changeSetId) continue;
          const redone = await undoes(undone.changeSetId);
          expect([redone.error, redone.result!.summary.failed]).toEqual([undefined, 0]);
          expect(plain(await state())).toEqual(after);
          await undoes(redone.changeSetId!);
          expect(plain(await state())).toEqual(before);
        }
      }),
      runs,
    );
  },
  patience,
);

test('the states are such that each mutation that can be undone changes something in one of them', async () => {
  const idle = new Set(undoable);
  for (const [n, world] of fc.sample(anyWorld, { numRuns: 12, seed: 24 }).entries()) {
    await enter(world);
    for (const name of idle) if (await perform(organization, documentFor(name, n))) idle.delete(name);
  }
  expect([...idle]).toEqual([]);
});

test(
  'an undo names each conflict with what others did since, and loses nothing of it',
  async () => {
    let conflicts = 0;
    await fc.assert(
      fc.asyncProperty(
        anyWorld,
        anyDocument,
        fc.array(anyDocument, { minLength: 1, maxLength: 3 }),
        async (world, document, others) => {
          await enter(world);
          const before = await state();
          const broken = await brokenRules(organization.tenant.id);
          const id = await perform(organization, document);
          fc.pre(id !== null);
          const after = await state();
          const laterSets: string[] = [];
          for (const other of others) laterSets.push((await perform(organization, other)) ?? '');
          const present = await state();
          broken.push(...(await brokenRules(organization.tenant.id)));
          const whole = await undoes(id!);
          expect(whole.error).toBeUndefined();
          const isWhole = whole.result!.summary.failed === 0;
          if (!isWhole) {
            conflicts += 1;
            expect(whole.changeSetId).toBeNull();
            expect(plain(await state())).toEqual(plain(present));
          }
          const { result, changeSetId } = isWhole ? whole : await undoes(id!, 'PER_ROW');
          const failedIn = ({ results }: typeof result & object) =>
            results.filter(({ status }) => status === 'FAILED').map(({ id }) => id);
          expect(failedIn(result!)).toEqual(failedIn(whole.result!));
          const undone = await state();
          expectSound({ before, after, present, undone, result: result!, laterSets });
          expect(broken).toEqual(expect.arrayContaining(await brokenRules(organization.tenant.id)));
          if (!changeSetId) return expect(plain(undone)).toEqual(plain(present));
          const redone = await undoes(changeSetId);
          expect([redone.error, redone.result!.summary.failed]).toEqual([undefined, 0]);
          expect(plain(await state())).toEqual(plain(present));
        },
      ),
      runs,
    );
    expect(conflicts).toBeGreaterThan(0);
  },
  patience,
);
