import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { newApiKey } from '../support/api-keys.js';
import { callers, matrix } from '../support/permission-matrix.js';
import { refusal } from '../support/server.js';
import { newPerson, newTenant, type Person } from '../support/tenant.js';

describe('the permission of each field', () => {
  const expected = (letter: string) =>
    Object.fromEntries(
      matrix.map(([operation, , who, otherwise]) => [
        operation,
        who.includes(letter) ? 'allowed' : refusedWith(otherwise, letter),
      ]),
    );

  const refusedWith = (otherwise: string, letter: string) => {
    const [usual, exception] = otherwise.split(`, ${letter} `);
    return exception ?? (letter === 'S' ? 'NOT_FOR_API_KEYS' : usual!.split(', ')[0]);
  };

  const callerOf = async (role: string): Promise<Pick<Person, 'request'>> => {
    const tenant = await newTenant();
    if (role === 'owner') return tenant.owner;
    if (role === 'script') return newApiKey(tenant.owner, tenant.id);
    return tenant.member(...(role === 'nobody' ? [] : [role]));
  };

  const answer = async (person: Pick<Person, 'request'>, document: string) => {
    try {
      // Failures of one name are counted.
      await person.request(document.replace('NOBODY', v7()));
      return 'allowed';
    } catch (error) {
      const { code, reason, permission } = await refusal(Promise.reject(error));
      return ['NOT_FOUND', 'INVALID_CURSOR'].includes(String(code)) ? 'allowed' : (permission ?? reason ?? code);
    }
  };

  test.each(Object.entries(callers))('%s: %s', async (letter, role) => {
    const caller = await callerOf(role);
    const answers: Record<string, unknown> = {};
    for (const [operation, document] of matrix) answers[operation] = await answer(caller, document);
    expect(answers).toEqual(expected(letter));
  });

  test('every operation there is has its row', async () => {
    const { __schema: schema } = await (await newPerson()).request<{
      __schema: Record<'queryType' | 'mutationType', { fields: { name: string }[] }>;
    }>(gql`{ __schema {
      queryType { fields(includeDeprecated: true) { name } }
      mutationType { fields(includeDeprecated: true) { name } }
    } }`);
    const operations = [...schema.queryType.fields, ...schema.mutationType.fields].map(({ name }) => name);
    expect(matrix.map(([operation]) => operation).sort()).toEqual(operations.sort());
  });

  test('somebody signed out may do nothing but what is public', async () => {
    const stranger = await newPerson();
    await stranger.request(gql`mutation { logout { revokedSessions } }`);
    const open: Record<string, string> = {
      errorCodes: 'allowed',
      register: 'VALIDATION_FAILED',
      login: 'INVALID_CREDENTIALS',
      beginLogin: 'INVALID_CREDENTIALS',
      completeLogin: 'TICKET_INVALID',
      refreshSession: 'REFRESH_TOKEN_INVALID',
      requestPasswordReset: 'MAIL_NOT_CONFIGURED',
      resetPassword: 'TOKEN_NOT_USABLE',
      verifyEmail: 'TOKEN_NOT_USABLE',
      confirmEmailChange: 'TOKEN_NOT_USABLE',
      invitation: 'TOKEN_NOT_USABLE',
    };
    const answers: Record<string, unknown> = {};
    for (const [operation, document] of matrix) answers[operation] = await answer(stranger, document);
    expect(answers).toEqual(
      Object.fromEntries(matrix.map(([operation]) => [operation, open[operation] ?? 'SESSION_ENDED'])),
    );
  });
});
