import { activeOrganizationOf, type Viewer } from '../auth/viewer.js';
import { entities, type Lock, withValues } from '../database/entities.js';
import type { EntityManager } from '../database/orm.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { TenantRecord } from '../records/tenant-record.js';
import type { ActionContext, Steps, Values, Work } from './action-context.js';
import { type DrawCodes, kindOf } from './codes.js';

type Type<Entity> = { new (): Entity };

/** The action of a single mutation. A bulk call does its rows in one. */
export class SingleAction extends UnitOfWork implements ActionContext {
  constructor(
    em: EntityManager,
    private readonly asks: () => Viewer,
    private readonly draw: DrawCodes,
    readonly renewRights: () => Promise<void>,
  ) {
    super(em);
  }

  get viewer(): Viewer {
    return this.asks();
  }

  async nextCode(type: Type<object>): Promise<string> {
    return (await this.nextCodes(type, 1))[0]!;
  }

  async nextCodes(type: Type<object>, count: number): Promise<string[]> {
    return this.draw(kindOf(type), count);
  }

  find<Entity extends TenantRecord>(type: Type<Entity>, values: Values<Entity>, lock: Lock): Promise<Entity[]> {
    return this.findAll(type, [values], lock);
  }

  /** Records that have the values of one of several; all name the same properties. */
  findAll<Entity extends TenantRecord>(
    type: Type<Entity>,
    values: readonly Values<Entity>[],
    lock: Lock,
  ): Promise<Entity[]> {
    return entities(this.em, type, withValues(this.em, type, activeOrganizationOf(this.viewer).id, values), lock);
  }

  /** Forgets what was changed of records and not written. */
  discard(records: Iterable<object>): void {
    for (const record of records) this.em.getUnitOfWork().unsetIdentity(record);
  }

  /** Lets go of all records: each flush compares those that are known. */
  clear(): void {
    this.em.clear();
  }

  /** Works in a savepoint, which is taken back when the work fails. */
  inSavepoint<Value>(work: (nested: SingleAction) => Promise<Value>): Promise<Value> {
    return this.em.transactional((em) => work(new SingleAction(em, this.asks, this.draw, this.renewRights)), {
      clear: true,
    });
  }

  async once<Value>(_key: string, work: () => Promise<Value>): Promise<Value> {
    return work();
  }

  async batch<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result> {
    return (await work(this, [value]))[0]!;
  }

  /** Statements of a transaction are done in the order in which they are sent, so these travel together. */
  async inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results> {
    const done = steps.map((step) => step());
    await Promise.allSettled(done);
    return Promise.all(done) as Promise<Results>;
  }
}
