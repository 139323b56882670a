import { describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { isRefusal, isUnsent } from '../../src/platform/database/faults.js';
import { maskError } from '../../src/platform/graphql/errors.js';

const failure = (code: string | undefined, message = 'secret detail') => Object.assign(new Error(message), { code });

/** The error that the caller sees when a field throws this. */
function seen(originalError: Error) {
  const error = new GraphQLError(originalError.message, { path: ['deals'], originalError });
  return maskError(error.toJSON(), error);
}

const away = { code: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE', retryAfterMs: 1000 };

describe('a fault of the database', () => {
  test.each([
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
    // No connection, shut down, crashed, starting, no room, full disk, broken disk, read-only, refused role, database.
    ...['08006', '57P01', '57P02', '57P03', '53300', '53100', '53200', '58030', '25006', '28P01', '3D000'],
  ])('%s is told as UNAVAILABLE, alone and wrapped', (code) => {
    for (const error of [failure(code), new Error('wrapped', { cause: failure(code) })]) {
      expect(seen(error)).toMatchObject({ path: ['deals'], extensions: away });
      expect(JSON.stringify(seen(error))).not.toMatch(/secret|wrapped/);
    }
  });

  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
  ])('without a code is told as UNAVAILABLE: %s', (message) => {
    expect(seen(failure(undefined, message)).extensions).toEqual(away);
  });

  test.each([
    ['57014', 'TIMEOUT'],
    ['55P03', 'TIMEOUT'],
    ['25P03', 'TIMEOUT'],
    ['40001', 'TIMEOUT'],
    ['40P01', 'TIMEOUT'],
    ['23505', 'INTERNAL_SERVER_ERROR'],
    ['42P01', 'INTERNAL_SERVER_ERROR'],
    ['XX000', 'INTERNAL_SERVER_ERROR'],
    [undefined, 'INTERNAL_SERVER_ERROR'],
  ])('%s is told as %s', (code, told) => {
    expect(seen(failure(code)).extensions!.code).toBe(told);
  });

  test('is told as OVERLOADED when all connections stay in use', () => {
    const busy = failure(undefined, 'timeout exceeded when trying to connect');
    expect(seen(busy).extensions).toEqual({ code: 'OVERLOADED', retryAfterMs: 1000 });
  });
});

test.each([
  ['PostgreSQL refused it', failure('40001'), true],
  ['a deferred constraint refused it', failure('23503'), true],
  ['its statements took too long', failure('57014'), true],
  ['it was never sent', failure(undefined, 'Client was closed and is not queryable'), true],
  ['the connection broke', failure(undefined, 'Connection terminated unexpectedly'), false],
  ['the network broke', failure('ECONNRESET'), false],
  ['PostgreSQL was told to stop', failure('57P01'), false],
  ['PostgreSQL crashed', failure('57P02'), false],
])('the outcome of a COMMIT is known or not when %s', (_, error, isKnown) => {
  expect(isRefusal(error) || isUnsent(error)).toBe(isKnown);
});
