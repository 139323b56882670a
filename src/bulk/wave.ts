import DataLoader from 'dataloader';
import type { Constructor } from '../platform/class.js';
import type { Lock } from '../platform/database/entities.js';
import type { Fragment } from '../platform/database/sql.js';
import type { TenantRecord, VersionedRecord } from '../platform/records/tenant-record.js';
import type { ActionContext, Steps, Values, Work } from '../platform/tenancy/action-context.js';
import type { SingleAction } from '../platform/tenancy/single-action.js';
import { type Flush, FlushFailed, inOneOrder } from './flush.js';

/**
 * Rows of a bulk call that run in parallel, each through the action of the single mutation. Simultaneous look-ups share
 * a statement. Writes share a flush, which waits until every row is ready for it or has failed.
 */
export class Wave {
  private running = 0;
  private readonly waiting: Flush[] = [];
  private readonly drawing: { type: Constructor<object>; place: number; turn: PromiseWithResolvers<string> }[] = [];
  private readonly loaders = new Map<string | Work<never, unknown>, DataLoader<never, unknown>>();
  private readonly common = new Map<string, Promise<unknown>>();

  /** `action` runs the shared statements of all rows. */
  constructor(readonly action: SingleAction) {}

  /** Runs all rows. An error of a row is the outcome of that row only. */
  async run<Result>(
    rows: RowAction[],
    act: (row: RowAction, place: number) => Promise<Result>,
  ): Promise<PromiseSettledResult<Result>[]> {
    this.running = rows.length;
    return Promise.allSettled(
      rows.map(async (row, place) => {
        try {
          return await act(row, place);
        } catch (error) {
          row.discard();
          throw error;
        } finally {
          this.running -= 1;
          this.proceed();
        }
      }),
    );
  }

  flush(added: object[], gone: object[]): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.waiting.push({ added, gone, turn });
    this.proceed();
    return turn.promise;
  }

  /** The next code for a record. Codes are assigned in the order of the rows, independent of their timing. */
  nextCode(type: Constructor<object>, place: number): Promise<string> {
    const turn = Promise.withResolvers<string>();
    this.drawing.push({ type, place, turn });
    this.proceed();
    return turn.promise;
  }

  /** Once every running row waits, assigns the requested codes; if there are none, flushes. */
  private proceed(): void {
    if (this.drawing.length + this.waiting.length < this.running) return;
    if (this.drawing.length) this.drawCodes();
    else if (this.waiting.length) this.flushAll();
  }

  private drawCodes(): void {
    const inOrder = this.drawing.splice(0).toSorted((a, b) => a.place - b.place);
    for (const [type, drawn] of Map.groupBy(inOrder, (request) => request.type))
      this.action.nextCodes(type, drawn.length).then(
        (codes) => {
          for (const [n, { turn }] of drawn.entries()) turn.resolve(codes[n]!);
        },
        (error: unknown) => {
          for (const { turn } of drawn) turn.reject(error);
        },
      );
  }

  private flushAll(): void {
    const flushes = this.waiting.splice(0);
    for (const entity of inOneOrder(flushes.flatMap(({ added }) => added))) this.action.persist(entity);
    for (const entity of flushes.flatMap(({ gone }) => gone)) this.action.remove(entity);
    this.action.flush().then(
      () => {
        for (const { turn } of flushes) turn.resolve();
      },
      (error: unknown) => {
        for (const { turn } of flushes) turn.reject(new FlushFailed(error));
      },
    );
  }

  find<Entity extends TenantRecord>(type: Constructor<Entity>, values: Values<Entity>, lock: Lock): Promise<Entity[]> {
    const names = Object.keys(values) as (keyof Entity & string)[];
    return this.batched(`${type.name} ${names} ${lock}`, values, async (asked: readonly Values<Entity>[]) => {
      const keyOf = (source: Values<Entity> | Entity) => JSON.stringify(names.map((name) => source[name]));
      const distinct = new Map(asked.map((wanted) => [keyOf(wanted), wanted]));
      const found = await this.action.findAll(type, [...distinct.values()], lock);
      const byKey = Map.groupBy(found, keyOf);
      return asked.map((wanted) => byKey.get(keyOf(wanted)) ?? []);
    });
  }

  batch<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result> {
    return this.batched(work, value, (values: readonly Value[]) => work(this.action, values));
  }

  /** Runs the steps one after the other, so that all rows' look-ups in the same step share a statement. */
  async inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results> {
    const done: Promise<unknown>[] = [];
    for (const step of steps) {
      const result = step();
      done.push(result);
      await Promise.allSettled([result]);
    }
    return Promise.all(done) as Promise<Results>;
  }

  /** Batches simultaneous requests with the same key. */
  private batched<Value, Result>(
    key: string | Work<Value, Result>,
    value: Value,
    work: (values: readonly Value[]) => Promise<Result[]>,
  ): Promise<Result> {
    const known = this.loaders.get(key) as DataLoader<Value, Result> | undefined;
    const loader = known ?? new DataLoader(work, { cache: false });
    this.loaders.set(key, loader as DataLoader<never, unknown>);
    return loader.load(value);
  }

  once<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    const known = (this.common.get(key) as Promise<Value> | undefined) ?? work();
    this.common.set(key, known);
    return known;
  }
}

/** A row of a wave. It collects its writes and hands them over at its flush. */
export class RowAction implements ActionContext {
  /** Id of the record that the row named when it ran; its key may belong to a different record after the call. */
  subject: string | null = null;
  private readonly created = new Set<object>();
  private readonly added: object[] = [];
  private readonly gone: object[] = [];
  private readonly locked = new Map<VersionedRecord, number>();

  constructor(
    private readonly wave: Wave,
    private readonly place: number,
  ) {}

  get viewer() {
    return this.wave.action.viewer;
  }

  get settings() {
    return this.wave.action.settings;
  }

  nextCode(type: Constructor<object>): Promise<string> {
    return this.wave.nextCode(type, this.place);
  }

  async find<Entity extends TenantRecord>(
    type: Constructor<Entity>,
    values: Values<Entity>,
    lock: Lock,
  ): Promise<Entity[]> {
    const found = await this.wave.find(type, values, lock);
    if (lock === 'update') for (const entity of found) this.locked.set(entity, entity.version);
    return found;
  }

  findWhere<Entity extends object>(type: Constructor<Entity>, condition: Fragment, lock: Lock): Promise<Entity[]> {
    return this.wave.action.findWhere(type, condition, lock);
  }

  findReadOnly<Entity extends object>(
    type: Constructor<Entity>,
    names: readonly (keyof Entity & string)[],
    condition: Fragment,
    lock: Lock,
  ): Promise<Readonly<Entity>[]> {
    return this.wave.action.findReadOnly(type, names, condition, lock);
  }

  query<Row extends object>(statement: Fragment): Promise<Row[]> {
    return this.wave.action.query(statement);
  }

  persist(record: object): void {
    this.created.add(record);
    this.added.push(record);
  }

  remove(record: object): void {
    this.gone.push(record);
  }

  reach(records: number): void {
    this.wave.action.reach(records);
  }

  flush(): Promise<void> {
    return this.wave.flush(this.added.splice(0), this.gone.splice(0));
  }

  /** Runs once for all rows. */
  renewRights(): Promise<void> {
    return this.wave.once('rights', this.wave.action.renewRights);
  }

  once<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    return this.wave.once(key, work);
  }

  batch<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result> {
    return this.wave.batch(work, value);
  }

  inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results> {
    return this.wave.inOrder(steps);
  }

  /** The outcome for the record that the action returned. */
  statusOf(record: VersionedRecord): 'CREATED' | 'UPDATED' | 'UNCHANGED' {
    if (this.created.has(record)) return 'CREATED';
    return this.locked.get(record) === record.version ? 'UNCHANGED' : 'UPDATED';
  }

  /** Discards the changes of a failed row to the records that it has locked. */
  discard(): void {
    this.wave.action.discard(this.locked.keys());
  }
}
