import { Tokens } from '../../src/platform/auth/tokens.js';
import { sql } from '../support/database.js';
import { keys } from '../support/server.js';
import type { Sent } from './generate.js';
import type { World } from './world.js';

/** Speaks to a server for all callers of a world. */
export class Speaker {
  sent = 0;
  private tokens = new Map<string, string>();

  constructor(
    private readonly world: World,
    private readonly server: string,
  ) {}

  /** Signs new access tokens for the sessions in which the callers registered, since tokens end after ten minutes. */
  async renew(): Promise<void> {
    const people = this.world.callers.flatMap(({ person }) => person?.id ?? []);
    const sessions = await sql<{ userId: string; sessionId: string }>(
      `select distinct on (user_id) user_id as "userId", id as "sessionId"
       from sessions where user_id = any($1) order by user_id, id`,
      [people],
    );
    const signing = new Tokens(keys, 'too-good-crm');
    for (const session of sessions) this.tokens.set(session.userId, (await signing.sign(session)).accessToken);
  }

  /** The status and the whole text of an answer. */
  async send({ operation: { query, variables }, caller, organizationId }: Sent): Promise<string> {
    this.sent += 1;
    const token = caller.person ? this.tokens.get(caller.person.id) : caller.secret;
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(organizationId && { 'x-organization-id': organizationId }),
    };
    return this.post(JSON.stringify({ query, variables }), headers);
  }

  /** Makes the server notice what has been restored behind its back. */
  async notice(): Promise<void> {
    await this.post(JSON.stringify({ query: 'mutation { __typename }' }));
  }

  private async post(body: string, headers: Record<string, string> = {}): Promise<string> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
    const response = await fetch(`${this.server}/graphql`, init);
    return `${response.status} ${await response.text()}`;
  }
}
