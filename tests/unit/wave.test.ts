import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FlushFailed } from '../../src/bulk/flush.js';
import { RowAction, Wave } from '../../src/bulk/wave.js';
import { Customer } from '../../src/crm/customers/customer.js';
import { entities } from '../../src/crm/index.js';
import { Lead } from '../../src/crm/leads/lead.js';
import { type EntityManager, type Orm, openOrm, openPool } from '../../src/platform/database/orm.js';
import { Collision } from '../../src/platform/errors.js';
import type { TenantRecord } from '../../src/platform/records/tenant-record.js';
import type { Values } from '../../src/platform/tenancy/action-context.js';
import { findConstraints } from '../../src/platform/tenancy/duplicates.js';
import { Reach } from '../../src/platform/tenancy/reach.js';
import { SingleAction } from '../../src/platform/tenancy/single-action.js';
import { anOwner } from '../support/viewer.js';

let orm: Orm;

beforeAll(async () => {
  // Nobody listens there, and nothing is sent.
  orm = await openOrm(openPool('postgres://nobody@127.0.0.1:1/none', 1, console.error), entities);
  findConstraints(orm);
});
afterAll(() => orm.close());

/** Records the calls that a wave makes on behalf of all its rows. */
class Recorded extends SingleAction {
  readonly asked: string[] = [];
  readonly written: object[] = [];
  failure: Error | null = null;

  constructor(em: EntityManager) {
    super(
      em,
      () => anOwner,
      { registration: 'open', memberConsent: 'none', sendsMail: false, httpsOnly: false },
      async (kind, count) => {
        this.asked.push(`draw ${count} ${kind}`);
        return Array.from({ length: count }, (_, n) => `${kind} ${n + 1}`);
      },
      async () => void this.asked.push('rights'),
      new Reach(),
    );
  }

  override persist(record: object): void {
    this.written.push(record);
  }

  override remove(record: object): void {
    this.written.push({ gone: record });
  }

  override async flush(): Promise<void> {
    this.asked.push('flush');
    if (this.failure) throw this.failure;
  }

  override discard(records: Iterable<object>): void {
    for (const record of records) this.asked.push(`discard ${Reflect.get(record, 'name')}`);
  }

  override async findAll<Entity extends TenantRecord>(
    type: { new (): Entity },
    values: readonly Values<Entity>[],
  ): Promise<Entity[]> {
    this.asked.push(`find ${values.length} ${type.name}`);
    return values.map((one) => Object.assign(new type(), { version: 1, name: Reflect.get(one, 'id') }, one));
  }
}

let action: Recorded;
let wave: Wave;

beforeEach(() => {
  action = new Recorded(orm.em.fork());
  wave = new Wave(action);
});

/** Does as many rows as there are acts, each by its own. */
const run = <Result>(...acts: ((row: RowAction) => Promise<Result>)[]) =>
  wave.run(
    acts.map((_, place) => new RowAction(wave, place)),
    (row, place) => acts[place]!(row),
  );

const later = () => new Promise(setImmediate);

describe('a wave', () => {
  test('gives each row its own outcome', async () => {
    const [first, second, third] = await run(
      async () => 'one',
      async () => {
        throw new Error('two');
      },
      async () => 'three',
    );
    expect(first).toEqual({ status: 'fulfilled', value: 'one' });
    expect(second).toMatchObject({ status: 'rejected', reason: new Error('two') });
    expect(third).toEqual({ status: 'fulfilled', value: 'three' });
    expect(action.asked).toEqual([]);
  });

  test('of no rows does nothing', async () => {
    expect(await run()).toEqual([]);
  });

  test('flushes once, when every row is ready or has failed', async () => {
    const records = [{ email: 'b' }, { email: 'a' }];
    await run(
      async (row) => {
        row.persist(records[0]!);
        await row.flush();
      },
      async (row) => {
        await later();
        row.persist({ email: 'never written' });
        throw new Error('no');
      },
      async (row) => {
        await later();
        await later();
        expect(action.asked).toEqual([]);
        row.persist(records[1]!);
        row.remove(records[0]!);
        await row.flush();
      },
    );
    expect(action.asked).toEqual(['flush']);
    expect(action.written).toEqual([records[1], records[0], { gone: records[0] }]);
  });

  test('flushes as often as a row does, with those that still go on', async () => {
    const twice = async (row: RowAction) => {
      await row.flush();
      await row.flush();
    };
    await run(twice, (row) => row.flush());
    expect(action.asked).toEqual(['flush', 'flush']);
  });

  test('tells all rows that were written together of what failed', async () => {
    action.failure = new Error('The disk is full');
    const outcomes = await run(
      (row) => row.flush(),
      (row) => row.flush(),
      async () => {},
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    for (const outcome of outcomes.slice(0, 2))
      expect(outcome).toMatchObject({ reason: expect.objectContaining({ cause: action.failure }) });
  });

  test('draws numbers in the order of the rows, whenever each asks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 6 }), async (delays) => {
        action = new Recorded(orm.em.fork());
        wave = new Wave(action);
        const outcomes = await run(
          ...delays.map((delay) => async (row: RowAction) => {
            for (let n = 0; n < delay; n += 1) await later();
            return row.nextCode(Customer);
          }),
        );
        expect(outcomes).toEqual(delays.map((_, n) => ({ status: 'fulfilled', value: `CUST ${n + 1}` })));
        expect(action.asked).toEqual([`draw ${delays.length} CUST`]);
      }),
    );
  });

  test('draws each kind by itself, and before it flushes', async () => {
    const act = (type: typeof Customer | typeof Lead) => async (row: RowAction) => {
      const code = await row.nextCode(type);
      await row.flush();
      return code;
    };
    const outcomes = await run(act(Customer), act(Lead), act(Customer), (row) => row.flush().then(() => 'none'));
    expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value)).toEqual([
      ...['CUST 1', 'LEAD 1', 'CUST 2'],
      'none',
    ]);
    expect(action.asked).toEqual(['draw 2 CUST', 'draw 1 LEAD', 'flush']);
  });
});

describe('rows of a wave', () => {
  test('share a statement for what they look up at the same time', async () => {
    const find = (id: string) => async (row: RowAction) => (await row.find(Customer, { id }, 'none'))[0]!.id;
    const outcomes = await run(find('a'), find('b'), find('a'), async (row) => {
      await row.find(Lead, { id: 'c' }, 'none');
      return 'c';
    });
    expect(outcomes).toMatchObject([{ value: 'a' }, { value: 'b' }, { value: 'a' }, { value: 'c' }]);
    expect(action.asked).toEqual(['find 2 Customer', 'find 1 Lead']);
  });

  test('keep apart what is locked and what is not', async () => {
    await run(
      (row) => row.find(Customer, { id: 'a' }, 'none'),
      (row) => row.find(Customer, { id: 'a' }, 'update'),
    );
    expect(action.asked).toEqual(['find 1 Customer', 'find 1 Customer']);
  });

  test('do once what all of them need, and at once what each needs', async () => {
    const batches: (readonly string[])[] = [];
    const work = async (_: unknown, values: readonly string[]) => {
      batches.push(values);
      return values.map((value) => value.toUpperCase());
    };
    let done = 0;
    const act = (value: string) => async (row: RowAction) => {
      await row.once('key', async () => (done += 1));
      await row.renewRights();
      return row.batch(work, value);
    };
    expect(await run(act('a'), act('b'))).toMatchObject([{ value: 'A' }, { value: 'B' }]);
    expect([done, batches]).toEqual([1, [['a', 'b']]]);
    expect(action.asked).toEqual(['rights']);
  });

  test('take their steps one after the other, and tell of the first that fails', async () => {
    const taken: string[] = [];
    const step =
      (name: string, fails = false) =>
      async () => {
        await later();
        taken.push(name);
        if (fails) throw new Error(name);
        return name;
      };
    const [outcome] = await run((row) => row.inOrder([step('a'), step('b', true), step('c', true)] as const));
    expect(outcome).toMatchObject({ status: 'rejected', reason: new Error('b') });
    expect(taken).toEqual(['a', 'b', 'c']);
  });

  test('forget what they have changed when they fail', async () => {
    await run(async (row) => {
      await row.find(Customer, { id: 'locked' }, 'update');
      await row.find(Customer, { id: 'seen' }, 'none');
      throw new Error('no');
    });
    expect(action.asked.slice(2)).toEqual(['discard locked']);
  });

  test('say what became of their record', async () => {
    const [outcome] = await run(async (row) => {
      const [kept] = await row.find(Customer, { id: 'a' }, 'update');
      const [changed] = await row.find(Customer, { id: 'b' }, 'update');
      changed!.version += 1;
      const made = new Customer();
      row.persist(made);
      return [kept!, changed!, made].map((record) => row.statusOf(record));
    });
    expect(outcome).toMatchObject({ value: ['UNCHANGED', 'UPDATED', 'CREATED'] });
  });
});

test('a unique value that was taken meanwhile is a collision, so that everything is done again', () => {
  const taken = Object.assign(new Error('duplicate key'), { code: '23505', constraint: 'customers_email_key' });
  expect(new FlushFailed(taken).cause).toBeInstanceOf(Collision);
  const other = new Error('other');
  expect(new FlushFailed(other).cause).toBe(other);
});
