import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema, type OperationDefinitionNode, parse } from 'graphql';
import { Costs } from '../../src/platform/graphql/cost/costs.js';
import { limits } from '../../src/platform/graphql/limits.js';

const schema = buildSchema(`
  type Query { thing: Thing things(first: Int, last: Int): Things loose: [Thing!] dear: Thing }
  type Things { nodes: [Thing!]! totalCount: Int! }
  type Thing { name: String thing: Thing things(first: Int, last: Int): Things loose: [Thing!] dear: Thing }
`);
const prices = { tables: {}, fields: { Thing: { dear: { points: 7, each: 2 } } } };

/** A selection; `level` names a fragment that spreads those of lower levels only. */
type Selected =
  | { kind: 'field'; name: 'thing' | 'loose' | 'dear'; alias: string; below: Selected[] }
  | { kind: 'things'; alias: string; size: number | null; below: Selected[] }
  | { kind: 'fragment'; level: number }
  | { kind: 'left out'; below: Selected[] };

const selections = (depth: number, level: number): fc.Arbitrary<Selected[]> => {
  if (depth === 0) return fc.constant([]);
  const below = selections(depth - 1, level);
  const alias = fc.constantFrom('a', 'b', 'c');
  return fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('field' as const),
        name: fc.constantFrom('thing' as const, 'loose', 'dear'),
        alias,
        below,
      }),
      fc.record({
        kind: fc.constant('things' as const),
        alias,
        size: fc.option(fc.integer({ min: 1, max: 4 })),
        below,
      }),
      ...(level > 0 ? [fc.record({ kind: fc.constant('fragment' as const), level: fc.nat({ max: level - 1 }) })] : []),
      fc.record({ kind: fc.constant('left out' as const), below }),
    ),
    { maxLength: 3 },
  );
};

/** Response keys that cannot collide with other arguments or names. */
const keyOf = (one: Selected & { alias: string }) =>
  one.kind === 'field' ? `${one.name}${one.alias}` : `things${one.alias}${(one as { size: number | null }).size ?? ''}`;

const text = (all: Selected[]): string =>
  `name ${all
    .map((one) => {
      if (one.kind === 'fragment') return `...F${one.level}`;
      if (one.kind === 'left out') return `... @include(if: $no) { ${text(one.below)} }`;
      if (one.kind === 'field') return `${keyOf(one)}: ${one.name} { ${text(one.below)} }`;
      const size = one.size === null ? '' : `(first: ${one.size})`;
      return `${keyOf(one)}: things${size} { totalCount nodes { ${text(one.below)} } }`;
    })
    .join(' ')}`;

/** Counts each place of the answer by itself. */
function count(all: Selected[], fragments: Selected[][], objects: number): number {
  const places = new Map<string, { one: Selected & { below: Selected[] }; below: Selected[] }>();
  const collect = (some: Selected[]): void => {
    for (const one of some) {
      if (one.kind === 'left out') continue;
      if (one.kind === 'fragment') collect(fragments[one.level]!);
      else {
        const place = places.get(keyOf(one)) ?? { one, below: [] };
        place.below.push(...one.below);
        places.set(keyOf(one), place);
      }
    }
  };
  collect(all);
  return [...places.values()].reduce((sum, { one, below }) => {
    if (one.kind === 'things') {
      const rows = objects * (one.size ?? 25);
      return sum + objects + rows + count(below, fragments, rows);
    }
    const { name } = one as Selected & { kind: 'field' };
    const below_ = objects * (name === 'loose' ? 10 : 1);
    return (
      sum + below_ + (name === 'dear' ? 7 + 2 * objects + (7 * objects) / 1000 : 0) + count(below, fragments, below_)
    );
  }, 0);
}

test('the cost of any document is the sum over all places of its answer', () => {
  const costs = new Costs(schema, prices);
  const documents = fc.record({
    root: selections(3, 3),
    fragments: fc.tuple(selections(2, 0), selections(2, 1), selections(2, 2)),
  });
  fc.assert(
    fc.property(documents, ({ root, fragments }) => {
      const spread = fragments.map((fragment, level) => `fragment F${level} on Thing { ${text(fragment)} }`).join(' ');
      const document = parse(`query ($no: Boolean!) { thing { ${text(root)} } } ${spread}`);
      const operation = document.definitions[0] as OperationDefinitionNode;
      const expected = Math.floor(1 + count(root, fragments, 1) + 1e-6);
      let points: number;
      try {
        points = costs.demand(document, operation, { no: false });
      } catch (error) {
        const { cost } = (error as { extensions: { cost: { requested: number } } }).extensions;
        points = cost.requested;
        expect(points).toBeGreaterThan(limits.cost);
      }
      expect(Math.abs(points - expected)).toBeLessThanOrEqual(1e-9 * expected);
    }),
    { numRuns: 500 },
  );
});
