import { demand, type Viewer } from '../auth/viewer.js';
import type { Class } from '../class.js';
import { and, column, type Fragment, or, sql } from '../database/sql.js';
import { type Filter, isNegative } from '../records/filters.js';
import { columnOf, comparedOf, type Kind, type PropertySpec, snakeCase } from '../records/property.js';
import { type RecordSpec, type RelatedList, recordOf, targetOf } from '../records/record.js';
import { trimmed } from '../records/text.js';

const arrayTypes: Partial<Record<Kind, string>> = {
  id: 'uuid[]',
  int: 'integer[]',
  decimal: 'numeric[]',
  date: 'date[]',
  instant: 'timestamptz[]',
};

const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');
const folded = (value: Fragment) => sql`folded(${value})`;
const like = (value: Fragment, pattern: string) => sql`${folded(value)} like ${folded(sql`${pattern}::text`)}`;

/** SQL for a checked filter on the table `alias`. */
export function conditionOf(record: RecordSpec, filter: Filter, alias: string, viewer: Viewer): Fragment {
  const parts: Fragment[] = [];
  for (const [name, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    const nested = (part: unknown) => conditionOf(record, part as Filter, alias, viewer);
    if (name === 'and') parts.push(and((value as Filter[]).map(nested)));
    else if (name === 'or') parts.push(or((value as Filter[]).map(nested)));
    else if (name === 'not') parts.push(sql`(${nested(value)}) is not true`);
    else parts.push(conditionOn(record, name, value, alias, viewer));
  }
  return and(parts);
}

function conditionOn(record: RecordSpec, name: string, operand: unknown, alias: string, viewer: Viewer): Fragment {
  const flag = record.flags.get(name);
  if (flag) return flag.condition(alias, operand === true, viewer);
  const filter = operand as Filter;
  const list = record.lists.get(name);
  if (list) return inList(list, filter, alias, viewer);
  const spec = record.properties.get(name);
  if (spec?.reference) return inReference(spec, filter, alias, viewer);
  if (!spec) {
    const reference = [...record.properties.values()].find((one) => one.reference?.id === name);
    const id = reference ? referenceId(reference, alias, viewer) : column(alias, snakeCase(name));
    return operatorsOn(id, 'id', filter, viewer);
  }
  const scope = { table: sql.ref(alias), viewer };
  if (spec.permission) demand(viewer, spec.permission);
  const { kind, sql: computed } = comparedOf(spec);
  const value = computed?.(scope) ?? column(alias, columnOf(spec));
  if (!spec.alternative) return operatorsOn(value, kind, filter, viewer);
  const values = [value, spec.alternative(scope)];
  return and(
    Object.entries(filter).map(([operator, operand]) => {
      const conditions = values.map((one) => operatorsOn(one, kind, { [operator]: operand }, viewer));
      return isNegative(operator, operand) ? and(conditions) : or(conditions);
    }),
  );
}

function inReference(spec: PropertySpec, filter: Filter, alias: string, viewer: Viewer): Fragment {
  const type = spec.reference!.record();
  const inner = `${alias}_f`;
  return sql`
    exists (
      select from ${source(type, inner, viewer)}
        and ${column(inner, 'id')} = ${referenceId(spec, alias, viewer)}
        and ${conditionOf(recordOf(type), filter, inner, viewer)}
    )`;
}

/** The id of the referenced record, as the viewer may see it. */
const referenceId = ({ reference, seenAs }: PropertySpec, alias: string, viewer: Viewer): Fragment =>
  seenAs?.({ table: sql.ref(alias), viewer }) ?? column(alias, snakeCase(reference!.id));

function inList({ record, by }: RelatedList, filter: Filter, alias: string, viewer: Viewer): Fragment {
  const inner = `${alias}_f`;
  const pointer = recordOf(record()).properties.get(by)!.reference!.id;
  const exists = (content: unknown) => sql`
    exists (
      select from ${source(record(), inner, viewer)}
        and ${column(inner, snakeCase(pointer))} = ${column(alias, 'id')}
        and ${conditionOf(recordOf(record()), content as Filter, inner, viewer)}
    )`;
  const parts: Fragment[] = [];
  if (filter.some !== undefined) parts.push(exists(filter.some));
  if (filter.every !== undefined) parts.push(sql`not ${exists({ not: filter.every })}`);
  if (filter.none !== undefined) parts.push(sql`not ${exists(filter.none)}`);
  return and(parts);
}

/** The related table, restricted to the organization; throws FORBIDDEN if the viewer may not read it. */
function source(type: Class, alias: string, viewer: Viewer): Fragment {
  const record = recordOf(type);
  if (record.resource) demand(viewer, `${record.resource}:read`);
  const { name, byOrganization } = targetOf(record);
  const scope = byOrganization
    ? sql`${column(alias, 'organization_id')} = ${viewer.organization!.id}::uuid`
    : sql`true`;
  return sql`${sql.ref(name)} as ${sql.ref(alias)} where ${scope}`;
}

/** The first moment of a day in the organization's time zone; in UTC outside organizations. */
export const startOf = (day: Fragment, { organization }: Viewer): Fragment =>
  sql`start_of_day(${day}::date, ${organization?.timeZone ?? 'UTC'}::text)`;

function operatorsOn(target: Fragment, kind: Kind, filter: Filter, viewer: Viewer): Fragment {
  const since = (day: unknown) => sql`${target} >= ${startOf(sql`${day}`, viewer)}`;
  const until = (day: unknown) => sql`${target} < ${startOf(sql`(${day}::date + 1)`, viewer)}`;
  const list = (values: unknown) => sql`any(${values}::${sql.raw(arrayTypes[kind] ?? 'text[]')})`;
  const parts = Object.entries(filter).map(([operator, operand]): Fragment => {
    switch (operator) {
      case 'eq':
        return sql`${target} = ${operand}`;
      case 'ne':
        return sql`${target} is distinct from ${operand}`;
      case 'gt':
        return sql`${target} > ${operand}`;
      case 'gte':
        return sql`${target} >= ${operand}`;
      case 'lt':
        return sql`${target} < ${operand}`;
      case 'lte':
        return sql`${target} <= ${operand}`;
      case 'in':
        return sql`${target} = ${list(operand)}`;
      case 'notIn':
        return sql`(${target} = ${list(operand)}) is not true`;
      case 'eqIgnoreCase':
        return sql`${folded(target)} = ${folded(sql`${operand}::text`)}`;
      case 'onDate':
        return and([since(operand), until(operand)]);
      case 'from':
        return since(operand);
      case 'to':
        return until(operand);
      case 'contains':
        return like(target, `%${literal(operand as string)}%`);
      case 'startsWith':
        return like(target, `${literal(operand as string)}%`);
      case 'endsWith':
        return like(target, `%${literal(operand as string)}`);
      case 'isNull':
        return operand ? sql`${target} is null` : sql`${target} is not null`;
      case 'has':
        return sql`${target} @> ${[operand]}::text[]`;
      case 'hasAny':
        return sql`${target} && ${operand}::text[]`;
      case 'hasAll':
        return sql`${target} @> ${operand}::text[]`;
      case 'isEmpty':
        return operand ? sql`cardinality(${target}) = 0` : sql`cardinality(${target}) > 0`;
      default:
        throw new Error(`No such operator: ${operator}`);
    }
  });
  return and(parts);
}

/**
 * The digits of a text that looks like a phone number or a part of one; empty for other texts. The SQL search functions
 * use the same rule for three digits and more.
 */
const digitsIn = (term: string): string => (/^[\d ()./+-]+$/.test(term) ? term.replace(/\D/g, '') : '');

/** Whether the index of a search function can look a text up; otherwise it reads all of its entries. */
const hasTrigram = (term: string): boolean => /[\p{L}\p{N}]{3}/u.test(term) || digitsIn(term).length > 2;

/** Stands before the digits of a phone number in the searched text. */
const beforePhone = '\u001e';

/** Finds what the search function of the table finds, row by row. */
function shortSearch({ searchedReference, properties }: RecordSpec, term: string, alias: string): Fragment {
  const pattern = sql`(select ${folded(sql`${`%${literal(term)}%`}::text`)})`;
  const searched = column(alias, 'search_text');
  const digits = digitsIn(term);
  const found = or([
    sql`${searched} like ${pattern}`,
    ...(digits ? [sql`${searched} like ${`%${beforePhone}%${digits}%`}`] : []),
  ]);
  if (!searchedReference) return found;
  const { record, id } = properties.get(searchedReference)!.reference!;
  const inner = `${alias}_s`;
  return or([
    found,
    sql`
    exists (
      select from ${sql.ref(recordOf(record()).table)} as ${sql.ref(inner)}
      where ${column(inner, 'organization_id')} = ${column(alias, 'organization_id')}
        and ${column(inner, 'id')} = ${column(alias, snakeCase(id))}
        and ${column(inner, 'name_sort')} like ${pattern}
    )`,
  ]);
}

/** SQL for a search; null if the search text is blank. */
export function searchCondition(
  record: RecordSpec,
  search: string | null | undefined,
  alias: string,
  { searched: viewColumns = [] }: { searched?: string[] } = {},
): Fragment | null {
  const term = trimmed(search ?? '');
  if (!term) return null;
  if (record.search === 'function' && !hasTrigram(term)) return shortSearch(record, term, alias);
  if (record.search === 'function')
    return sql`${column(alias, 'id')} in (select ${sql.raw(`search_${record.table}`)}(${term}))`;
  if (record.search === 'columns') {
    const searched = [...record.properties.values()].filter(({ search }) => search);
    const digits = digitsIn(term);
    const contains = (target: Fragment) => like(target, `%${literal(term)}%`);
    return or([
      ...searched.flatMap((spec) => {
        const target = column(alias, columnOf(spec));
        if (spec.search !== 'digits') return [contains(target)];
        return digits ? [sql`regexp_replace(${target}, '\\D', '', 'g') like ${`%${digits}%`}`] : [];
      }),
      ...viewColumns.map((name) => contains(column(alias, name))),
    ]);
  }
  if (!record.search) throw new Error(`${record.name} cannot be searched`);
  const { record: type, id } = record.properties.get(record.search.via)!.reference!;
  const searched = recordOf(type());
  const { name, byOrganization } = targetOf(searched);
  const inner = `${alias}_s`;
  const scope = byOrganization
    ? sql`${column(inner, 'organization_id')} = ${column(alias, 'organization_id')} and `
    : sql``;
  return sql`
    exists (
      select from ${sql.ref(name)} as ${sql.ref(inner)}
      where ${scope}${column(inner, 'id')} = ${column(alias, snakeCase(id))}
        and ${searchCondition(searched, term, inner, searched.referenceView)!}
    )`;
}
