import { Check, Index, Unique } from '@mikro-orm/decorators/legacy';
import type { Class } from '../class.js';
import { columnOf, type PropertySpec } from './property.js';

/** Names of properties, in the order of the columns. A tenant record's organization is added in front automatically. */
type Properties = readonly string[];

interface Partial {
  over: Properties;
  /** Condition for the covered rows, spelled as PostgreSQL prints it. */
  where?: string;
  /** Leaves the organization out, for lookups across organizations. */
  everywhere?: boolean;
}

interface UniqueSpec extends Partial {
  /** Whether it is checked at the end of the transaction. */
  isDeferred?: boolean;
}

/** Constraints and indexes of a record's table, by name: the key `email` of `customers` is `customers_email_key`. */
export interface Constraints {
  keys?: Record<string, Properties | UniqueSpec>;
  indexes?: Record<string, Properties | Partial>;
  /** Conditions, spelled as PostgreSQL prints them. */
  checks?: Record<string, string>;
}

interface Table {
  table: string;
  tenant: boolean;
  search?: unknown;
  properties: ReadonlyMap<string, PropertySpec>;
}

/**
 * Declares keys, indexes and checks. Some are added automatically: a unique external key and an index by creation time
 * for every external record, an index for every search column, and a check that lists of texts contain no NULL.
 */
export function constrain(
  type: Class,
  { table, tenant, search, properties }: Table,
  { keys = {}, indexes = {}, checks = {} }: Constraints,
): void {
  const isExternal = properties.has('externalId');
  const columns = ({ over, everywhere }: Partial) => (tenant && !everywhere ? ['organizationId', ...over] : [...over]);
  for (const [name, key] of Object.entries({ ...(isExternal && { external: ['externalId'] }), ...keys })) {
    const { isDeferred, where, ...rest } = specOf<UniqueSpec>(key);
    Unique<Class, string>({
      name: `${table}_${name}_key`,
      properties: columns(rest),
      ...(where && { where }),
      ...(isDeferred && { deferMode: 'deferred' as const }),
    })(type);
  }
  for (const [name, index] of Object.entries({ ...(isExternal && { created: ['createdAt', 'id'] }), ...indexes })) {
    const { where, ...rest } = specOf<Partial>(index);
    Index<Class, string>({ name: `${table}_${name}_index`, properties: columns(rest), ...(where && { where }) })(type);
  }
  if (search === 'function') {
    const name = `${table}_search_index`;
    const expression = `create index ${name} on ${table} using gin (organization_id, search_text gin_trgm_ops)`;
    Index({ name, expression })(type);
  }
  for (const [name, expression] of Object.entries({ ...withoutNulls(properties), ...checks }))
    Check({ name: `${table}_${name}_check`, expression })(type);
}

const specOf = <Spec extends Partial>(declared: Properties | Spec): Spec | (Partial & Omit<Spec, keyof Partial>) =>
  isList(declared) ? ({ over: declared } as Spec) : declared;

const isList = (declared: Properties | Partial): declared is Properties => Array.isArray(declared);

const withoutNulls = (properties: ReadonlyMap<string, PropertySpec>): Record<string, string> =>
  Object.fromEntries(
    [...properties.values()]
      .filter(({ kind }) => kind === 'tags')
      .map((spec) => [columnOf(spec), `(array_position(${columnOf(spec)}, NULL::text) IS NULL)`]),
  );
