import { type ExecutionResult, GraphQLError } from 'graphql';
import { CodedError, Conflict } from '../errors.js';
import { closedRefused } from '../tenancy/closed.js';
import { translated } from '../tenancy/duplicates.js';
import { placedAs } from './errors.js';

/** The result of one root field. */
export interface Outcome {
  answer: ExecutionResult;
  /** The field has failed or was refused, so its writes are rolled back. */
  isVoid: boolean;
}

export const hasFailed = ({ data, errors }: ExecutionResult): boolean =>
  Boolean(errors?.length) && (!data || Object.values(data).includes(null));

/**
 * The answer of a document that is rolled back as a whole: fields that succeeded report SIBLING_FAILED, and no error
 * names a record that is gone.
 */
export function withSiblingsFailed(
  { data, errors = [] }: ExecutionResult,
  outcomes: Outcome[],
  isGone: (id: unknown) => boolean,
): ExecutionResult {
  for (const { originalError } of errors)
    if (originalError instanceof CodedError && isGone(originalError.extensions.existingId))
      delete originalError.extensions.existingId;
  // Only __typename returns a string, and it has written nothing.
  const keysOf = (fields: ExecutionResult['data']) =>
    Object.keys(fields!).filter((key) => typeof fields![key] !== 'string');
  const succeeded = outcomes.flatMap(({ answer, isVoid }) => (isVoid ? [] : keysOf(answer.data)));
  const message = 'Not done: another field failed, and a document with an idempotency key is done as a whole';
  const siblingErrors = succeeded.map(
    (key) => new GraphQLError(message, { path: [key], originalError: new Conflict('SIBLING_FAILED', message) }),
  );
  for (const key of succeeded) data![key] = null;
  return { errors: [...errors, ...siblingErrors], data };
}

/** A violated constraint, or a write into a closed organization, as the coded error that stands for it. */
export function asCodedError(error: GraphQLError): GraphQLError {
  const { originalError } = error;
  const coded = closedRefused(originalError) ?? translated(originalError);
  return coded instanceof Error && coded !== originalError ? placedAs(error, coded) : error;
}

/** The answers of all root fields as one. If the request itself is refused, each answer is the same refusal. */
export function merged(answers: ExecutionResult[]): ExecutionResult {
  const refused = answers.find(({ data }) => data === undefined);
  if (answers.length === 1 || refused) return refused ?? answers[0]!;
  const data = Object.assign(Object.create(null), ...answers.map((answer) => answer.data));
  const errors = answers.flatMap((answer) => answer.errors ?? []);
  return errors.length ? { errors, data } : { data };
}
