import 'reflect-metadata';
import type { JWK } from 'jose';
import { makeApp } from '../../src/app.js';
import { alone, entry } from '../../src/crm/index.js';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { readConfig } from '../../src/platform/config.js';
import { interpreting } from '../../src/platform/graphql/execution.js';
import { prices } from '../../src/schema.js';

interface Started {
  origin: string;
  close: () => Promise<void>;
}

export interface Peculiarities {
  /** Private keys, newest first, instead of those of the other servers. */
  tokenKeys?: JWK[];
  /** Documents are executed by graphql-js, and never compiled. */
  interprets?: boolean;
}

/** All people of the tests have one address, and the machine may be busy with other tests. */
const manyPeople = {
  MAX_WAIT: '10000',
  MAX_EVENT_LOOP_DELAY: '60000',
  REQUESTS_PER_MINUTE: '100000',
  API_KEY_REQUESTS_PER_MINUTE: '100000',
  SIGN_INS_PER_MINUTE: '100000',
  REGISTRATIONS_PER_MINUTE: '100000',
  ANONYMOUS_REQUESTS_PER_MINUTE: '100000',
  REFRESHES_PER_MINUTE: '100000',
  PASSWORD_RESETS_PER_HOUR: '100000',
};

/**
 * Servers under test. Jest evaluates every module anew for each test file, which takes seconds for the whole product.
 * So its environment (`environment.ts`) keeps one copy of the built product, with one server, for all files of a Jest
 * worker. A file that needs other settings starts `anotherServer` (`server.ts`) from the same copy. A file that changes
 * the code of its servers begins with `@jest-environment node`: these servers then run in the file itself, and end with
 * it. With `--coverage` all files do so, since Jest counts only what they evaluate.
 */
export class Servers {
  /** Private keys that sign the tokens of all these servers. */
  readonly keys: Promise<JWK[]> = generateKey().then((key) => [key]);
  readonly manyPeople = manyPeople;
  /** Tables of the product, for files that need nothing else of it. */
  readonly tables = { alone, entry, prices };
  private one: Promise<Started> | undefined;

  /** The server for all files that need no settings of their own. */
  shared(databaseUrl: string): Promise<Started> {
    this.one ??= this.start({ NODE_ENV: 'test', ...manyPeople }, databaseUrl).catch((error) => {
      this.one = undefined;
      throw error;
    });
    return this.one;
  }

  async start(
    settings: NodeJS.ProcessEnv,
    databaseUrl: string,
    { tokenKeys, interprets }: Peculiarities = {},
  ): Promise<Started> {
    const keys = tokenKeys ?? (await this.keys);
    const { PREPARED_STATEMENTS } = process.env;
    const common = { LOG_LEVEL: 'silent', TOKEN_KEYS: JSON.stringify(keys), PREPARED_STATEMENTS };
    const config = readConfig({ ...common, ...settings });
    const app = await makeApp(config, databaseUrl, keys, interprets ? interpreting : undefined);
    return { origin: await app.http.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() };
  }

  async close(): Promise<void> {
    await (await this.one)?.close();
  }
}

export const servers = new Servers();
