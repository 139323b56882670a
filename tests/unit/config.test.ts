import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ConfigError, readConfig } from '../../src/platform/config.js';

const newKey = (kid: string) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  kid,
});
const [one, other] = [newKey('one'), newKey('other')];
const database = 'postgres://crm_app:secret@db.example/crm';
const keys = (...all: object[]) => ({ TOKEN_KEYS: JSON.stringify(all) });

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').slice(1);
  }
}

test('keys that sign are taken', () => {
  expect(faultsOf(keys(one, other))).toEqual([]);
});

test.each<[what: string, env: NodeJS.ProcessEnv, fault: RegExp]>([
  ['a key of other bytes', keys({ ...one, x: 'a', y: 'b', d: 'c' }), /TOKEN_KEYS must be a JSON list/],
  ['a public part of another key', keys({ ...one, d: other.d }), /TOKEN_KEYS must be a JSON list/],
  ['a key without an id', keys({ ...one, kid: undefined }), /TOKEN_KEYS must be a JSON list/],
  ['two keys with one id', keys(one, { ...other, kid: 'one' }), /TOKEN_KEYS has keys with the same kid/],
  ['null for a key', { TOKEN_KEYS: '[null]' }, /TOKEN_KEYS must be a JSON list/],
  ['no list', keys(), /TOKEN_KEYS must be a JSON list/],
  [
    'a token that few clients can send',
    { METRICS_TOKEN: 'ünïcödetoken12345' },
    /METRICS_TOKEN must have at least 16 characters, all ASCII/,
  ],
  ['one port for both', { PORT: '4099', METRICS_PORT: '4099' }, /METRICS_PORT must differ from PORT/],
  ['an issuer of two lines', { TOKEN_ISSUER: 'one\ntwo' }, /TOKEN_ISSUER must not hold line breaks/],
  [
    'a replica twice',
    {
      ...keys(one),
      ...{ DATABASE_URL: database, MIGRATION_DATABASE_URL: database },
      DATABASE_REPLICA_URLS: `${database},postgres://crm_app:other@db.example:5432/crm`,
    },
    /DATABASE_REPLICA_URLS names db\.example:5432 twice/,
  ],
  [
    'a bad URL, which is not missing as well',
    { ...keys(one), DATABASE_URL: 'mysql://x', MIGRATION_DATABASE_URL: database },
    /DATABASE_URL must look like/,
  ],
])('one fault is told of %s', (_what, env, fault) => {
  expect(faultsOf(env)).toEqual([expect.stringMatching(fault)]);
});
