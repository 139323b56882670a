import { Collision } from '../platform/errors.js';
import { translated } from '../platform/tenancy/duplicates.js';
import { uniqueFields } from './keys.js';

/** What a row wants to write, and who waits for it. */
export interface Flush {
  added: object[];
  gone: object[];
  turn: PromiseWithResolvers<void>;
}

/** Two calls that take the same unique values take them in the same order, so that neither waits for the other. */
export const inOneOrder = (entities: object[]): object[] =>
  entities
    .map((entity) => ({ entity, claims: claimsOf(entity) }))
    .toSorted((one, other) => Number(one.claims > other.claims) - Number(one.claims < other.claims))
    .map(({ entity }) => entity);

const claimsOf = (entity: object): string => uniqueFields.map((name) => Reflect.get(entity, name) ?? '').join();

/** What failed in writing concerns all rows: none of them is at fault alone. */
export class FlushFailed extends Error {
  /** A unique value that somebody else took meanwhile is found when everything is done again. */
  override readonly cause: unknown;

  constructor(error: unknown) {
    super('Rows could not be written');
    const isTaken = translated(error) !== error;
    this.cause = isTaken ? new Collision('A unique value was taken meanwhile', { cause: error }) : error;
  }
}
