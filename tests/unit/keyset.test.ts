import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Customer } from '../../src/crm/customers/customer.js';
import { sql } from '../../src/platform/database/sql.js';
import {
  afterCondition,
  type Key,
  keysOf,
  orderByClause,
  orderOf,
  windowOf,
} from '../../src/platform/reading/keyset.js';
import { recordOf } from '../../src/platform/records/record.js';
import { anOwner } from '../support/viewer.js';

const customers = recordOf(Customer);

const key = (name: string, rest: Partial<Key> = {}): Key => ({
  value: sql.raw(name),
  type: 'text',
  nullable: false,
  descending: false,
  nullsFirst: false,
  ...rest,
});

describe('the window of a list', () => {
  test.each([
    [{}, { mode: 'cursor', size: 25, backward: false, cursor: null }],
    [{ first: 10 }, { mode: 'cursor', size: 10, backward: false, cursor: null }],
    [
      { first: 10, after: 'c' },
      { mode: 'cursor', size: 10, backward: false, cursor: 'c' },
    ],
    [{ last: 10 }, { mode: 'cursor', size: 10, backward: true, cursor: null }],
    [
      { last: 10, before: 'c' },
      { mode: 'cursor', size: 10, backward: true, cursor: 'c' },
    ],
    [{ before: 'c' }, { mode: 'cursor', size: 25, backward: true, cursor: 'c' }],
    [{ page: 3 }, { mode: 'page', page: 3, size: 25 }],
    [{ pageSize: 10 }, { mode: 'page', page: 1, size: 10 }],
    [
      { page: 3, pageSize: 10 },
      { mode: 'page', page: 3, size: 10 },
    ],
  ])('of %j', (args, expected) => {
    expect(windowOf(args)).toEqual(expected);
  });

  test('treats null as left out', () => {
    expect(windowOf({ first: null, after: null, last: null, before: null, page: null, pageSize: null })).toEqual(
      windowOf({}),
    );
  });
});

describe('an order', () => {
  test('ends on the id, in the direction of the last key', () => {
    expect(orderOf(customers, { orderBy: [{ field: 'NAME', direction: 'ASC' }] })).toEqual([
      { field: 'NAME', direction: 'ASC' },
      { field: 'ID', direction: 'ASC' },
    ]);
  });

  test.each([[{}], [{ orderBy: [] }], [{ orderBy: null }]])('of %j is the default one', (args) => {
    expect(orderOf(customers, args).map(({ field, direction }) => [field, direction])).toEqual([
      ['CREATED_AT', 'DESC'],
      ['ID', 'DESC'],
    ]);
  });

  test('is turned round for the way back', () => {
    const order = orderOf(customers, {
      orderBy: [
        { field: 'NAME', direction: 'ASC', nulls: 'FIRST' },
        { field: 'CREATED_AT', direction: 'DESC', nulls: 'LAST' },
      ],
    });
    const there = keysOf(customers, order, 't', anOwner, false);
    const back = keysOf(customers, order, 't', anOwner, true);
    expect(back.map(({ descending, nullsFirst }) => [!descending, !nullsFirst])).toEqual(
      there.map(({ descending, nullsFirst }) => [descending, nullsFirst]),
    );
    expect(back.map(({ value, type }) => [value.text, type])).toEqual(
      there.map(({ value, type }) => [value.text, type]),
    );
  });

  test('says where nulls stand only for keys that may be null', () => {
    const keys = [
      key('a', { nullable: true, nullsFirst: true }),
      key('b', { descending: true }),
      key('c', { nullable: true }),
    ];
    expect(orderByClause(keys).text).toBe('a asc nulls first, b desc, c asc nulls last');
  });
});

describe('the rows after a cursor', () => {
  test('are those of one comparison, where all keys go one way and none is null', () => {
    const { text, values } = afterCondition([key('a'), key('id', { type: 'uuid' })], ['x', 'y']);
    expect(text).toBe('(a, id) > ($1::text, $2::uuid)');
    expect(values).toEqual(['x', 'y']);
    const down = [key('a', { descending: true }), key('id', { type: 'uuid', descending: true })];
    expect(afterCondition(down, ['x', 'y']).text).toBe('(a, id) < ($1::text, $2::uuid)');
  });

  type Row = (number | null)[];
  const ways = fc.record({ nullable: fc.boolean(), descending: fc.boolean(), nullsFirst: fc.boolean() });

  /** Evaluates the condition for a row as PostgreSQL does: null compares to nothing. */
  function holds(text: string, values: readonly unknown[], row: Row): boolean {
    const numbered = text
      .replaceAll(/\$(\d+)::int/g, (_, n: string) => String(values[Number(n) - 1]))
      .replaceAll(/c(\d+) is not null/g, (_, n: string) => String(row[Number(n)] !== null))
      .replaceAll(/c(\d+) is null/g, (_, n: string) => String(row[Number(n)] === null))
      .replaceAll(/c(\d+) ([<>=]) (-?\d+)/g, (_, n: string, how: string, given: string) => {
        const value = row[Number(n)]!;
        if (value === null) return 'false';
        return String(
          how === '<' ? value < Number(given) : how === '>' ? value > Number(given) : value === Number(given),
        );
      });
    return truthOf(numbered);
  }

  /** The truth of `(true and (false or true))`. */
  function truthOf(text: string): boolean {
    let rest = text;
    for (let before = ''; before !== rest; ) {
      before = rest;
      rest = rest.replace(/\(([^()]*)\)/, (_, inner: string) =>
        String(inner.split(' or ').some((part) => part.split(' and ').every((word) => word === 'true'))),
      );
    }
    expect(rest).toMatch(/^(true|false)$/);
    return rest === 'true';
  }

  /** Negative when the first row comes first in the order. */
  function compare(keys: Key[], one: Row, other: Row): number {
    for (const [n, { descending, nullsFirst }] of keys.entries()) {
      const [left, right] = [one[n]!, other[n]!];
      if (left === right) continue;
      if (left === null || right === null) return (left === null) === nullsFirst ? -1 : 1;
      return left < right === descending ? 1 : -1;
    }
    return 0;
  }

  test('are exactly those that the order puts behind its row, whatever the keys', () => {
    const row = fc.array(fc.option(fc.integer({ min: -2, max: 2 })), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(ways, { minLength: 3, maxLength: 3 }), row, row, (directions, one, other) => {
        // A key that goes another way keeps the row comparison, which is shown above, out of this.
        const keys = directions.map((way, n) =>
          key(`c${n}`, { ...way, nullable: n === 0 || way.nullable, type: 'int' }),
        );
        const rows = [one, other].map((values) => values.map((value, n) => (keys[n]!.nullable ? value : (value ?? 0))));
        const given = rows[0]!.map((value) => (value === null ? null : String(value)));
        const { text, values } = afterCondition(keys, given);
        expect(holds(text, values, rows[1]!)).toBe(compare(keys, rows[0]!, rows[1]!) < 0);
      }),
      { numRuns: 2000 },
    );
  });
});
