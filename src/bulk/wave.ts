import DataLoader from 'dataloader';
import { entities, type Lock } from '../platform/database/entities.js';
import { type EntityManager, writeNow } from '../platform/database/orm.js';
import type { Context } from '../platform/graphql/context.js';
import {
  type Acting,
  byColumn,
  type KeyColumn,
  organizationOf,
  type Steps,
  type Work,
} from '../platform/tenancy/acting.js';
import type { CodeKind } from '../platform/tenancy/codes.js';
import type { TenantRecord, VersionedRecord } from '../platform/tenancy/tenant-record.js';
import { type Flush, FlushFailed, inOneOrder } from './flush.js';

type Type<Entity> = { new (): Entity };

/**
 * Rows of a bulk call that are done side by side, each by the action of the single mutation. What they look up at the
 * same time shares a statement, and so does what they write: a flush waits until every row is ready for it or has
 * failed.
 */
export class Wave implements Acting {
  private running = 0;
  private readonly waiting: Flush[] = [];
  private readonly drawing: { kind: CodeKind; place: number; turn: PromiseWithResolvers<string> }[] = [];
  private readonly loaders = new Map<string | Work<never, unknown>, DataLoader<never, unknown>>();
  private readonly common = new Map<string, Promise<unknown>>();

  constructor(
    private readonly context: Context,
    readonly em: EntityManager,
  ) {}

  get viewer() {
    return this.context.viewer;
  }

  /** Does all rows; what one of them throws is its own outcome. */
  async run<Result>(
    rows: RowActing[],
    act: (row: RowActing, place: number) => Promise<Result>,
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
          this.goOn();
        }
      }),
    );
  }

  flush(added: object[], gone: object[]): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.waiting.push({ added, gone, turn });
    this.goOn();
    return turn.promise;
  }

  /** The next number of a kind. Numbers follow the rows, whatever each has to look up before. */
  draw(kind: CodeKind, place = 0): Promise<string> {
    const turn = Promise.withResolvers<string>();
    this.drawing.push({ kind, place, turn });
    this.goOn();
    return turn.promise;
  }

  /** When every row waits: numbers first, then what all of them want to write. */
  private goOn(): void {
    if (this.drawing.length + this.waiting.length < this.running) return;
    if (this.drawing.length) this.drawAll();
    else if (this.waiting.length) this.flushAll();
  }

  private drawAll(): void {
    const inOrder = this.drawing.splice(0).toSorted((one, other) => one.place - other.place);
    for (const [kind, drawn] of Map.groupBy(inOrder, (one) => one.kind))
      this.context.drawMany(kind, drawn.length).then(
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
    for (const entity of inOneOrder(flushes.flatMap(({ added }) => added))) this.em.persist(entity);
    for (const entity of flushes.flatMap(({ gone }) => gone)) this.em.remove(entity);
    writeNow(this.em).then(
      () => {
        for (const { turn } of flushes) turn.resolve();
      },
      (error: unknown) => {
        for (const { turn } of flushes) turn.reject(new FlushFailed(error));
      },
    );
  }

  find<Entity extends TenantRecord>(
    type: Type<Entity>,
    column: KeyColumn,
    value: string,
    lock: Lock,
  ): Promise<Entity[]> {
    return this.batched(`${type.name} ${column} ${lock}`, value, (values: readonly string[]) =>
      this.findAll(type, column, values, lock),
    );
  }

  private async findAll<Entity extends TenantRecord>(
    type: Type<Entity>,
    column: KeyColumn,
    values: readonly string[],
    lock: Lock,
  ): Promise<Entity[][]> {
    const organizationId = organizationOf(this).id;
    const found = await entities(this.em, type, byColumn(organizationId, column, [...new Set(values)]), lock);
    const property = column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const byValue = Map.groupBy(found, (entity) => Reflect.get(entity, property) as string);
    return values.map((value) => byValue.get(value) ?? []);
  }

  together<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result> {
    return this.batched(work, value, (values: readonly Value[]) => work(this, values));
  }

  /** One after the other, so that what rows ask for in the same step shares a statement. */
  async inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results> {
    const results: unknown[] = [];
    for (const step of steps) results.push(await step());
    return results as Results;
  }

  /** What is asked at the same time under the same key is worked out at once. */
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

  /** Once for all rows. */
  renewRights(): Promise<void> {
    return this.shared('rights', () => this.context.renewRights());
  }

  shared<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    const known = (this.common.get(key) as Promise<Value> | undefined) ?? work();
    this.common.set(key, known);
    return known;
  }
}

/** One row of a wave. It keeps to itself what it wants to write until the row as a whole is sound. */
export class RowActing implements Acting {
  readonly em: EntityManager;
  /** Id of the record that the row has turned out to name; its key may be another one's when the call is over. */
  subject: string | null = null;
  private readonly added: object[] = [];
  private readonly gone: object[] = [];
  private readonly locked = new Map<VersionedRecord, number>();

  constructor(
    private readonly wave: Wave,
    private readonly place: number,
  ) {
    const own: Record<PropertyKey, unknown> = {
      persist: (entity: object) => void this.added.push(entity),
      remove: (entity: object) => void this.gone.push(entity),
      flush: () => this.flush(),
    };
    this.em = new Proxy(wave.em, {
      get: (em, name) => {
        if (Object.hasOwn(own, name)) return own[name];
        const value = Reflect.get(em, name);
        return typeof value === 'function' ? value.bind(em) : value;
      },
    });
  }

  get viewer() {
    return this.wave.viewer;
  }

  draw(kind: CodeKind): Promise<string> {
    return this.wave.draw(kind, this.place);
  }

  shared<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    return this.wave.shared(key, work);
  }

  renewRights(): Promise<void> {
    return this.wave.renewRights();
  }

  together<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result> {
    return this.wave.together(work, value);
  }

  inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results> {
    return this.wave.inOrder(steps);
  }

  async find<Entity extends TenantRecord>(
    type: Type<Entity>,
    column: KeyColumn,
    value: string,
    lock: Lock,
  ): Promise<Entity[]> {
    const found = await this.wave.find(type, column, value, lock);
    if (lock === 'update') for (const entity of found) this.locked.set(entity, entity.version);
    return found;
  }

  /** What became of the record that the action was about. */
  statusOf(record: VersionedRecord): 'CREATED' | 'UPDATED' | 'UNCHANGED' {
    if (!this.locked.has(record)) return 'CREATED';
    return this.locked.get(record) === record.version ? 'UNCHANGED' : 'UPDATED';
  }

  /** Forgets what a row that failed has changed of the records that it holds. */
  discard(): void {
    for (const entity of this.locked.keys()) this.wave.em.getUnitOfWork().unsetIdentity(entity);
  }

  private flush(): Promise<void> {
    return this.wave.flush(this.added.splice(0), this.gone.splice(0));
  }
}
