import { Collision } from '../platform/errors.js';
import { translated } from '../platform/tenancy/duplicates.js';
import { uniqueFields } from './keys.js';

/** The pending writes of a row, and the promise that it awaits. */
export interface Flush {
  added: object[];
  gone: object[];
  turn: PromiseWithResolvers<void>;
}

/** Sorts entities by their unique values, so that calls with the same values insert in the same order without deadlock. */
export const inOneOrder = (entities: object[]): object[] =>
  entities
    .map((entity) => ({ entity, claims: claimsOf(entity) }))
    .toSorted((a, b) => Number(a.claims > b.claims) - Number(a.claims < b.claims))
    .map(({ entity }) => entity);

const claimsOf = (entity: object): string => uniqueFields.map((name) => Reflect.get(entity, name) ?? '').join();

/** A failed flush concerns all rows, since no single row can be blamed. */
export class FlushFailed extends Error {
  /** A Collision if another transaction has taken a unique value; the retry then finds it. */
  override readonly cause: unknown;

  constructor(error: unknown) {
    super('Rows could not be written');
    const isTaken = translated(error) !== error;
    this.cause = isTaken ? new Collision('A unique value was taken meanwhile', { cause: error }) : error;
  }
}
