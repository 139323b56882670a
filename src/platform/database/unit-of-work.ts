import { entities, type Lock, readOnly } from './entities.js';
import { actAs, type EntityManager, flush, send } from './orm.js';
import type { Fragment, Statement } from './sql.js';

type Type<Entity> = { new (): Entity };

/** Records and statements of a transaction, or of a savepoint in one. It can neither begin nor end it. */
export class UnitOfWork {
  constructor(protected readonly em: EntityManager) {}

  /** Records by a condition on the table's columns, in order of their ids. */
  findWhere<Entity extends object>(type: Type<Entity>, condition: Fragment, lock: Lock): Promise<Entity[]> {
    return entities(this.em, type, condition, lock);
  }

  /** Records to be looked at and not to be changed, with the named properties only. */
  findReadOnly<Entity extends object>(
    type: Type<Entity>,
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

  /** Says for whom and in which organization the following statements run; row-level security obeys it. */
  actAs(userId: string, organizationId: string | null): Promise<void> {
    return actAs(this.em, userId, organizationId);
  }
}
