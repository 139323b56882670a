import {
  type EntityDictionary,
  type EntityName,
  type FilterQuery,
  type NativeDeleteOptions,
  type NativeInsertUpdateManyOptions,
  type NativeInsertUpdateOptions,
  type QueryResult,
  Utils,
} from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';

export type Values = Record<string, unknown>;

/** The ORM's driver, which refuses to update or delete rows of a tenant without a condition on the organization. */
export class KeyedDriver extends PostgreSqlDriver {
  override async nativeUpdate<T extends object>(
    type: EntityName<T>,
    where: FilterQuery<T>,
    changes: EntityDictionary<T>,
    options?: NativeInsertUpdateOptions<T>,
  ): Promise<QueryResult<T>> {
    this.demandOrganization(type, where);
    return super.nativeUpdate(type, where, changes, options);
  }

  override async nativeUpdateMany<T extends object>(
    type: EntityName<T>,
    where: FilterQuery<T>[],
    changes: EntityDictionary<T>[],
    options: NativeInsertUpdateManyOptions<T> = {},
    transform?: (sql: string, values: unknown[]) => string,
  ): Promise<QueryResult<T>> {
    for (const condition of where) this.demandOrganization(type, condition);
    return super.nativeUpdateMany(type, where, changes, options, transform);
  }

  override async nativeDelete<T extends object>(
    type: EntityName<T>,
    where: FilterQuery<T>,
    options?: NativeDeleteOptions<T>,
  ): Promise<QueryResult<T>> {
    this.demandOrganization(type, where);
    return super.nativeDelete(type, where, options);
  }

  /** Without the organization, a change would affect all organizations that row-level security lets through. */
  protected demandOrganization<T extends object>(type: EntityName<T>, where: FilterQuery<T>): void {
    const { primaryKeys, className } = this.metadata.get(type);
    const isTenants = (primaryKeys as string[]).includes('organizationId');
    if (isTenants && !Object.keys(where).some((name) => name === 'organizationId' || name === tenantKey))
      throw new Error(`A change of ${className} must name the organization`);
  }
}

/** The ORM's name for both parts of a tenant's primary key in one condition. */
export const tenantKey = `organizationId${Utils.PK_SEPARATOR}id`;
