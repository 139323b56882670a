import { expect, test } from '@jest/globals';
import { everybody, openFieldsOf, owner, type RuleMap, signedIn } from '../../src/platform/permissions/rules.js';

test('API keys may read what everybody may, and send no mutation that needs no token', () => {
  const features: RuleMap[] = [
    { Query: { errorCodes: everybody, me: signedIn }, Customer: { name: everybody } },
    { Mutation: { login: everybody, logout: signedIn, inviteMember: owner } },
  ];
  expect(openFieldsOf(features)).toEqual({
    open: new Set(['errorCodes', 'login']),
    openToPeople: new Set(['login']),
  });
});
