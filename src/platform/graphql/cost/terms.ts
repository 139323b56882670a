import { getNamedType, isObjectType } from 'graphql';
import { recordNamed } from '../../records/record.js';
import { limits } from '../limits.js';
import { clamped, listPoints, narrowingPoints, pageSizeOf } from './list-prices.js';
import type { Plan, PlannedField } from './plan.js';
import {
  type FieldPrice,
  type Prices,
  pointsOf,
  type SentArguments,
  type StatementPrice,
  usualSize,
} from './prices.js';
import { argumentReader, type Variables } from './sent-arguments.js';

/** The cost of one field, without the fields below it. */
export interface Terms {
  /** Points of each object. */
  objects: number;
  /** Points for each object that has the field. */
  each: number;
  /** Points of its statement. */
  points: number;
  /** Objects in its list; missing if the field around it decides. */
  size?: number;
  /** Objects in the lists directly below. */
  sizeBelow: number;
  /** Rows of a bulk mutation. */
  rows: number;
  /** The arguments that decide how many objects it returns, or there are below it. */
  sizedBy: readonly string[];
}

/** Arguments that decide the number of objects. */
const sizes = ['first', 'last', 'pageSize', 'limit'];

export interface Reader {
  /** Whether no variable decides about the terms. */
  isFixed: boolean;
  read(variables: Variables): Terms;
}

/** Reads the terms of a field; null for a value that costs nothing. */
export function termsOf(prices: Prices, plan: Plan, field: PlannedField): Reader | null {
  const { definition, node, isList, isObject } = field;
  const price = prices.fields[plan.type.name]?.[definition.name];
  if (!isObject && !price) return null;
  const args = argumentReader(definition.args, node.arguments);
  const list = definition.args.some(({ name }) => name === 'first') ? listOf(prices, field) : null;
  const statements = statementsOf(price ?? {}, field).map(
    (one): Statement => ({ points: one.points, narrowing: one.narrows ? narrowingOf(prices, field, one) : null }),
  );
  const sizing = sizes.filter((size) => definition.args.some(({ name }) => name === size));
  return {
    isFixed: args.isFixed,
    read: (variables) =>
      terms(args.read(variables), { price: price ?? {}, list, statements, sizing, isList, isObject }),
  };
}

interface Statement extends Pick<StatementPrice, 'points'> {
  /** Points of finding the rows of a figure. */
  narrowing: ((args: SentArguments) => number) | null;
}

interface Field {
  price: FieldPrice;
  /** Points of a list of records. */
  list: ((args: SentArguments) => number) | null;
  statements: readonly Statement[];
  /** Its arguments that could decide the number of objects. */
  sizing: readonly string[];
  isList: boolean;
  isObject: boolean;
}

function terms(args: SentArguments, { price, list, statements, sizing, isList, isObject }: Field): Terms {
  // The mutation itself refuses more rows.
  const rows = price.rows ? clamped(price.rows(args), 0, limits.bulkRows) : 0;
  const { limit } = args;
  const size = price.size ?? (typeof limit === 'number' ? clamped(limit, 1, 100) : undefined);
  const sized = sizing.filter((name) => typeof args[name] === 'number');
  const usualBelow = price.rows ? rows : list ? pageSizeOf(args) : usualSize;
  return {
    objects: isObject ? (price.objects ?? 1) : 0,
    each: pointsOf(price.each, args) + rows,
    points: statements.reduce(
      (sum, { points, narrowing }) => sum + pointsOf(points, args) + (narrowing?.(args) ?? 0),
      list?.(args) ?? 0,
    ),
    ...(isList && size !== undefined && { size: pointsOf(size, args) }),
    sizeBelow: price.sizeBelow === undefined ? usualBelow : pointsOf(price.sizeBelow, args),
    rows,
    sizedBy: sized.length ? sized : sizing.slice(0, 1),
  };
}

function listOf(prices: Prices, { definition, below }: PlannedField): Field['list'] {
  const page = getNamedType(definition.type);
  const record = isObjectType(page) ? recordNamed(getNamedType(page.getFields().nodes!.type).name) : undefined;
  if (!record) return () => 0;
  const [plan] = below;
  const selected = (fields: Plan['fields'] = []) => new Map(fields.map((field) => [field.definition.name, field]));
  const names = selected(plan!.fields);
  const pageInfo = selected(names.get('pageInfo')?.below[0]?.fields);
  const wanted = {
    rows: names.has('nodes') || names.has('edges') || [...pageInfo.keys()].some((name) => name !== 'pageCount'),
    total: names.has('totalCount') || pageInfo.has('pageCount'),
  };
  return (args) => listPoints(prices, record, args, wanted);
}

/** The statements that a field sends for what is selected below it. */
function statementsOf({ parts = {}, ...own }: FieldPrice, { below }: PlannedField): StatementPrice[] {
  const keys = Object.keys(parts);
  if (!keys.length) return [own];
  const selected = new Set(below.flatMap(({ fields }) => fields.map(({ definition }) => definition.name)));
  const sent = keys.flatMap((key) => {
    const named = key.split(' ').filter((name) => selected.delete(name));
    return named.length ? [parts[key]!] : [];
  });
  return selected.size ? [own, ...sent] : sent;
}

function narrowingOf(
  prices: Prices,
  { definition }: PlannedField,
  { narrows = 0, filters }: StatementPrice,
): NonNullable<Statement['narrowing']> {
  const filter = definition.args.find(({ name }) => name === 'filter')!;
  const record = recordNamed(filters ?? getNamedType(filter.type).name.replace(/Filter$/, ''))!;
  return (args) => narrows * narrowingPoints(prices, record, args);
}
