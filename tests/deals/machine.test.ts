import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Fields, newCustomer } from '../support/customers.js';
import { day, dealById, historyOf, newDeal, pipelineById, type Row, type Stage, send } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person } from '../support/tenant.js';

type Status = 'OPEN' | 'WON' | 'LOST';

/** A deal as the specification describes it, in the fewest words. */
interface Model {
  stage: string;
  status: Status;
  value: string | null;
  probability: string;
  actualCloseDate: string | null;
  lostReason: string | null;
  version: number;
  history: (string | null)[][];
}

interface Real {
  id: string;
}

let owner: Person;
let customerId: string;
let stages: Stage[];
const stageNamed = (name: string) => stages.find((stage) => stage.name === name)!;

beforeAll(async () => {
  owner = (await newTenant()).owner;
  customerId = (await newCustomer(owner)).id;
  stages = (await pipelineById(owner)).stages;
});

const closedAs = (stage: string): Status =>
  (({ 'Closed Won': 'WON', 'Closed Lost': 'LOST' })[stage] as Status) ?? 'OPEN';
const fixed: Record<string, string> = { WON: '100.00', LOST: '0.00' };

/** value · probability / 100 in whole hundredths, half up. */
function revenue(value: string | null, probability: string): string | null {
  if (value === null) return null;
  const product = BigInt(value.replace('.', '')) * BigInt(probability.replace('.', ''));
  const cents = product / 10_000n + (product % 10_000n >= 5000n ? 1n : 0n);
  const digits = cents.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The state machine of the specification: a stage and an outcome, with what closing was told. */
function settle(model: Model, stage: string, status: Status, on?: string, reason?: string): void {
  if (stage === model.stage && status === model.status) return;
  model.history.push([model.stage, model.status, stage, status]);
  if (status === 'OPEN') Object.assign(model, { actualCloseDate: null, lostReason: null });
  else if (status !== model.status)
    Object.assign(model, { actualCloseDate: on ?? day(), lostReason: status === 'LOST' ? (reason ?? null) : null });
  model.probability = fixed[status] ?? stageNamed(stage).probability;
  Object.assign(model, { stage, status });
}

async function agrees(model: Model, { id }: Real): Promise<void> {
  const { version, status, probability, expectedRevenue, value, actualCloseDate, lostReason, stage, isWon, isLost } =
    (await dealById(owner, id))!;
  const { history, ...expected } = model;
  expect({ version, status, probability, value, actualCloseDate, lostReason, stage: (stage as Stage).name }).toEqual(
    expected,
  );
  expect(expectedRevenue).toBe(revenue(model.value, model.probability));
  expect({ isWon, isLost }).toEqual({ isWon: status === 'WON', isLost: status === 'LOST' });
  expect(await historyOf(owner, id)).toEqual(history);
}

/** One mutation; what it does to the model, or the reason for which it must be refused. */
class Step implements fc.AsyncCommand<Model, Real> {
  constructor(
    private readonly name: string,
    private readonly variables: () => Fields,
    private readonly expected: (model: Model) => string | undefined,
  ) {}

  check = () => true;
  toString = () => `${this.name}(${JSON.stringify(this.variables())})`;

  async run(model: Model, real: Real): Promise<void> {
    const before = JSON.stringify({ ...model, history: model.history.length });
    const refused = this.expected(model);
    const request = send<Row>(owner, this.name, { id: real.id, ...this.variables() });
    if (refused) expect((await refusal(request)).reason).toBe(refused);
    else {
      await request;
      if (JSON.stringify({ ...model, history: model.history.length }) !== before) model.version += 1;
    }
    await agrees(model, real);
  }
}

const names = ['Lead', 'Qualified', 'Proposal', 'Negotiation', 'Closed Won', 'Closed Lost'];
const stage = fc.constantFrom(...names);
const closeDate = fc.option(
  fc.integer({ min: -40, max: 0 }).map((offset) => day(offset)),
  { nil: undefined },
);
const reason = fc.constantFrom('Too dear', 'Too late');
const decimal = (most: number) => fc.integer({ min: 0, max: most }).map((hundredths) => (hundredths / 100).toFixed(2));
const value = fc.option(fc.oneof(decimal(999_999_999_999), decimal(300)));
const probability = decimal(10_000);

const commands = [
  stage.map(
    (name) =>
      new Step(
        'moveDealStage',
        () => ({ stageId: stageNamed(name).id }),
        (model) => void settle(model, name, closedAs(name)),
      ),
  ),
  fc.tuple(fc.constantFrom('Closed Won', 'Closed Lost'), closeDate).map(
    ([name, actualCloseDate]) =>
      new Step(
        'moveDealStage',
        () => ({ stageId: stageNamed(name).id, actualCloseDate }),
        (model) => void settle(model, name, closedAs(name), actualCloseDate),
      ),
  ),
  closeDate.map(
    (actualCloseDate) =>
      new Step(
        'markWon',
        () => ({ actualCloseDate }),
        (model) => {
          if (model.status !== 'WON') settle(model, 'Closed Won', 'WON', actualCloseDate);
          return undefined;
        },
      ),
  ),
  fc.tuple(reason, closeDate).map(
    ([lostReason, actualCloseDate]) =>
      new Step(
        'markLost',
        () => ({ lostReason, actualCloseDate }),
        (model) => {
          if (model.status !== 'LOST') settle(model, 'Closed Lost', 'LOST', actualCloseDate, lostReason);
          return undefined;
        },
      ),
  ),
  fc.constant(0).map(
    () =>
      new Step(
        'reopenDeal',
        () => ({}),
        (model) => {
          if (model.status === 'OPEN') return 'DEAL_NOT_CLOSED';
          const open = model.history.map(([, , to]) => to!).filter((name) => closedAs(name) === 'OPEN');
          settle(model, open.at(-1) ?? 'Lead', 'OPEN');
          return undefined;
        },
      ),
  ),
  value.map(
    (worth) =>
      new Step(
        'updateDeal',
        () => ({ input: { value: worth } }),
        (model) => {
          model.value = worth;
          return undefined;
        },
      ),
  ),
  probability.map(
    (chance) =>
      new Step(
        'updateDeal',
        () => ({ input: { probability: chance } }),
        (model) => {
          if (model.status !== 'OPEN') return 'DEAL_CLOSED';
          model.probability = chance;
          return undefined;
        },
      ),
  ),
  fc.tuple(stage, fc.option(probability, { nil: undefined }), value).map(
    ([name, chance, worth]) =>
      new Step(
        'updateDeal',
        () => ({ input: { stageId: stageNamed(name).id, probability: chance, value: worth } }),
        (model) => {
          if (chance !== undefined && closedAs(name) !== 'OPEN') return 'DEAL_CLOSED';
          settle(model, name, closedAs(name));
          model.value = worth;
          if (chance !== undefined) model.probability = chance;
          return undefined;
        },
      ),
  ),
  fc.tuple(reason, fc.integer({ min: -40, max: 0 })).map(
    ([lostReason, offset]) =>
      new Step(
        'updateDeal',
        () => ({ input: { lostReason, actualCloseDate: day(offset) } }),
        (model) => {
          if (model.status !== 'LOST') return 'DEAL_NOT_CLOSED';
          Object.assign(model, { lostReason, actualCloseDate: day(offset) });
          return undefined;
        },
      ),
  ),
];

test('after any change of a deal, its stage, outcome, figures and history agree', async () => {
  await fc.assert(
    fc.asyncProperty(stage, value, fc.commands(commands, { maxCommands: 12 }), async (name, worth, steps) => {
      const status = closedAs(name);
      const real = await newDeal(owner, { customerId, stageId: stageNamed(name).id, value: worth });
      const model: Model = {
        stage: name,
        status,
        value: worth,
        probability: stageNamed(name).probability,
        actualCloseDate: status === 'OPEN' ? null : day(),
        lostReason: null,
        version: 1,
        history: [[null, null, name, status]],
      };
      await agrees(model, real);
      await fc.asyncModelRun(() => ({ model, real }), steps);
    }),
    { numRuns: 30, endOnFailure: true },
  );
});
