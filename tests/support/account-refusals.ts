import { hashOfToken, newToken } from '../../src/platform/auth/opaque-tokens.js';
import { newApiKey } from './api-keys.js';
import { sender } from './busy-server.js';
import { sql } from './database.js';
import { confirmedPerson, newAddress } from './invitations.js';
import type { Refusing } from './request-refusals.js';
import { beginSecondFactor, protectedPerson, ticketOf } from './second-factor.js';
import { anotherServer, origin } from './server.js';
import { storedInvitation } from './stored-invitations.js';
import { newPerson, newTenant, password } from './tenant.js';

const ask = sender(origin);
const nothing = { token: '' };

/** The answer of a mutation to somebody; its selection is of any object. */
const tried = (mutation: string, who: { token: string } = nothing): Promise<Refusing> =>
  ask(who, `mutation { ${mutation} { __typename } }`);

/** The token of an invitation for an address. */
async function invited(email: string): Promise<string> {
  const tenant = await newTenant();
  const id = await storedInvitation(tenant, email);
  const token = newToken();
  await sql(
    'insert into invitation_tokens (hash, organization_id, invitation_id, created_at) values ($1, $2, $3, now())',
    [hashOfToken(token), tenant.id, id],
  );
  return token;
}

/** One request for each reason of accounts, invitations and API keys that needs a history. */
export const accountRefusals: Record<string, () => Promise<Refusing>> = {
  API_KEY_INVALID: () => ask({ token: `tgc_${'A'.repeat(43)}` }, '{ customers { totalCount } }'),
  NOT_FOR_API_KEYS: async () => {
    const { id, owner } = await newTenant();
    const { secret } = await newApiKey(owner, id);
    return tried(`createRole(input: { name: "R", permissionIds: [] })`, { token: secret });
  },
  API_KEY_ABANDONED: async () => {
    const { id, owner } = await newTenant();
    const key = await newApiKey(owner, id);
    await sql('update api_keys set responsible_id = null where id = $1', [key.id]);
    return tried(`rotateApiKey(id: "${key.id}")`, owner);
  },
  SECOND_FACTOR_REQUIRED: async () => {
    const { username } = await protectedPerson();
    return tried(`login(input: { username: "${username}", password: "${password}" })`);
  },
  TICKET_INVALID: () => tried(`completeLogin(input: { ticket: "nonsense", code: "000000" })`),
  CODE_INVALID: async () => {
    const ticket = await ticketOf(await protectedPerson());
    return tried(`completeLogin(input: { ticket: "${ticket}", code: "abcde-fghij" })`);
  },
  SECOND_FACTOR_EXISTS: async () => tried('beginSecondFactor', await protectedPerson()),
  SECOND_FACTOR_NOT_BEGUN: async () => tried('confirmSecondFactor(input: { code: "000000" })', await newPerson()),
  NO_SECOND_FACTOR: async () => {
    const person = await newPerson();
    await beginSecondFactor(person);
    return tried(`removeSecondFactor(input: { password: "${password}", code: "000000" })`, person);
  },
  TOKEN_NOT_USABLE: () => tried('verifyEmail(token: "nonsense")'),
  EMAIL_ALREADY_VERIFIED: async () => {
    const send = sender(await anotherServer({ MAIL_URL: 'smtp://127.0.0.1:9', APP_URL: 'https://app.example.com' }));
    return send(await confirmedPerson(), 'mutation { resendVerification { __typename } }');
  },
  NOT_INVITED: async () => tried(`acceptInvitation(token: "${await invited(newAddress())}")`, await confirmedPerson()),
  ALREADY_INVITED: async () => {
    const tenant = await newTenant();
    const email = newAddress();
    await storedInvitation(tenant, email);
    const send = sender(await anotherServer({ MAIL_URL: 'smtp://127.0.0.1:9', APP_URL: 'https://app.example.com' }));
    return send(tenant.owner, `mutation { inviteMember(input: { email: "${email}" }) { id } }`);
  },
  CONSENT_REQUIRED: async () => {
    const { owner } = await newTenant();
    const send = sender(await anotherServer({ MEMBER_CONSENT: 'required' }));
    return send(owner, `mutation { addOrganizationMember(input: { email: "${newAddress()}" }) { id } }`);
  },
};
