import type { Constructor } from '../class.js';
import { entities, type Lock, readOnly, withValues } from './entities.js';
import { actAs, type EntityManager, flush, send } from './orm.js';
import type { Fragment, Statement } from './sql.js';

/** Records and statements of a transaction or savepoint, which it can neither begin nor end. */
export class UnitOfWork {
  constructor(protected readonly em: EntityManager) {}

  /** Records by a condition on the table's columns, ordered by id. */
  findWhere<Entity extends object>(type: Constructor<Entity>, condition: Fragment, lock: Lock): Promise<Entity[]> {
    return entities(this.em, type, condition, lock);
  }

  /** Records of an organization that match any of `values`, all of which name the same properties; ordered by id. */
  findIn<Entity extends object>(
    organizationId: string,
    type: Constructor<Entity>,
    values: readonly Record<string, unknown>[],
    lock: Lock,
  ): Promise<Entity[]> {
    return this.findWhere(type, withValues(this.em, type, organizationId, values), lock);
  }

  /** Read-only records with the named properties only. */
  findReadOnly<Entity extends object>(
    type: Constructor<Entity>,
    names: readonly (keyof Entity & string)[],
    condition: Fragment,
    lock: Lock,
  ): Promise<Readonly<Entity>[]> {
    return readOnly(this.em, type, names, condition, lock);
  }

  query<Row extends object>(statement: Statement): Promise<Row[]> {
    return send<Row>(this.em, statement);
  }

  persist(record: object): void {
    this.em.persist(record);
  }

  remove(record: object): void {
    this.em.remove(record);
  }

  flush(): Promise<void> {
    return flush(this.em);
  }

  /** Sets the user and organization that row-level security applies to the following statements. */
  actAs(userId: string | null, organizationId: string | null): Promise<void> {
    return actAs(this.em, userId, organizationId);
  }
}
