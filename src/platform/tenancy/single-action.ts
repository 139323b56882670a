import { activeOrganizationOf, type Viewer } from '../auth/viewer.js';
import type { Constructor } from '../class.js';
import type { Lock } from '../database/entities.js';
import type { EntityManager } from '../database/orm.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { TenantRecord } from '../records/tenant-record.js';
import type { ActionContext, ServerSettings, Steps, Values, Work } from './action-context.js';
import { type DrawCodes, kindOf } from './codes.js';
import { type Reach, referrersTo } from './reach.js';

/** The action of a single mutation. A bulk call runs all of its rows in one. */
export class SingleAction extends UnitOfWork implements ActionContext {
  /** Ids of the records that it added, to be forgotten when they are rolled back. */
  readonly added = new Set<string>();
  private removed: object[] = [];

  constructor(
    em: EntityManager,
    private readonly getViewer: () => Viewer,
    readonly settings: ServerSettings,
    private readonly draw: DrawCodes,
    readonly renewRights: () => Promise<void>,
    private readonly reached: Reach,
  ) {
    super(em);
  }

  get viewer(): Viewer {
    return this.getViewer();
  }

  override persist(record: object): void {
    if ('id' in record) this.added.add(String(record.id));
    super.persist(record);
  }

  override remove(record: object): void {
    this.removed.push(record);
    super.remove(record);
  }

  /** The database changes the records that refer to removed ones, too. */
  override async flush(): Promise<void> {
    const referrers = referrersTo(this.removed.filter((record) => record instanceof TenantRecord));
    this.removed = [];
    if (referrers) {
      const [found] = await this.query<{ count: number }>(referrers);
      this.reach(found!.count);
    }
    await super.flush();
  }

  reach(records: number): void {
    this.reached.add(records);
  }

  async nextCode(type: Constructor<object>): Promise<string> {
    return (await this.nextCodes(type, 1))[0]!;
  }

  async nextCodes(type: Constructor<object>, count: number): Promise<string[]> {
    return this.draw(kindOf(type), count);
  }

  find<Entity extends TenantRecord>(type: Constructor<Entity>, values: Values<Entity>, lock: Lock): Promise<Entity[]> {
    return this.findAll(type, [values], lock);
  }

  /** Records that match any of `values`, all of which name the same properties. */
  findAll<Entity extends TenantRecord>(
    type: Constructor<Entity>,
    values: readonly Values<Entity>[],
    lock: Lock,
  ): Promise<Entity[]> {
    return this.findIn(activeOrganizationOf(this.viewer).id, type, values, lock);
  }

  /** Discards unsaved changes of records. */
  discard(records: Iterable<object>): void {
    for (const record of records) this.em.getUnitOfWork().unsetIdentity(record);
  }

  /** Forgets all records, since each flush compares every managed record. */
  clear(): void {
    this.em.clear();
  }

  /** Runs work in a savepoint, which is rolled back if the work fails. */
  inSavepoint<Value>(work: (nested: SingleAction) => Promise<Value>): Promise<Value> {
    return this.em.transactional(
      async (em) => {
        const nested = new SingleAction(em, this.getViewer, this.settings, this.draw, this.renewRights, this.reached);
        const result = await work(nested);
        for (const id of nested.added) this.added.add(id);
        return result;
      },
      { clear: true },
    );
  }

  async once<Value>(_key: string, work: () => Promise<Value>): Promise<Value> {
    return work();
  }

  async batch<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result> {
    return (await work(this, [value]))[0]!;
  }

  /** Sends the steps at once: PostgreSQL runs the statements of a transaction in the order in which they are sent. */
  async inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results> {
    const done = steps.map((step) => step());
    await Promise.allSettled(done);
    return Promise.all(done) as Promise<Results>;
  }
}
