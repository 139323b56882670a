import fc from 'fast-check';
import { makeSchema } from '../../src/schema.js';
import { type Operation, operationAbout } from './operations.js';
import { type Caller, nowhere, type World } from './world.js';

/** An operation with its caller, and with the organization that the request names. */
export interface Sent {
  operation: Operation;
  caller: Caller;
  organizationId?: string;
}

interface Batch {
  seed: number;
  /** Place of the first field. */
  first: number;
  count: number;
  /** Whether the callers belong to both organizations. */
  inBoth: boolean;
}

const schema = makeSchema();
const fields = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) =>
  Object.values(root.getFields()).map((field) => ({ root, field })),
);
export const fieldCount = fields.length;

/** Operations about all fields in turn. Their shape depends on the seed alone. */
export function generated(world: World, { seed, first, count, inBoth }: Batch): Sent[] {
  const values = { own: world.ownIds, foreign: world.foreignIds, nowhere, words: world.words };
  const callers = world.callers.filter((caller) => Boolean(caller.isInBoth) === inBoth);
  return Array.from({ length: count }, (_, n) => {
    const { root, field } = fields[(first + n) % fields.length]!;
    const one = fc.gen().map((gen): Sent => {
      const below = (max: number) => gen(fc.nat, { max: max - 1 });
      const named = below(20);
      const elsewhere = named < 2 ? world.foreign.id : named < 3 ? nowhere[0] : undefined;
      return {
        operation: operationAbout(schema, root, field, values, gen),
        // Half of them by those who may do most: others are refused before the arguments are looked at.
        caller: callers[below(below(2) ? callers.length : Math.min(2, callers.length))]!,
        organizationId: named < 12 ? world.own.id : elsewhere,
      };
    });
    return fc.sample(one, { seed: seed + first + n, numRuns: 1 })[0]!;
  });
}
