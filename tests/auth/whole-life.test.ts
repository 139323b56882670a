import { beforeAll, expect, test } from '@jest/globals';
import { type GraphQLClient, gql } from 'graphql-request';
import { permissionIds } from '../support/api-keys.js';
import { Inviting, newAddress } from '../support/invitations.js';
import { type MailingServer, mailingServer, tokenIn } from '../support/mail-server.js';
import { ConfirmChange, RequestChange, Reset, resetToken } from '../support/mailed-links.js';
import { Deactivate } from '../support/memberships.js';
import { roleNamed } from '../support/permissions.js';
import { beginLogin, beginSecondFactor, codeOf, complete, confirm, freshCodes } from '../support/second-factor.js';
import { refusal } from '../support/server.js';
import { password } from '../support/tenant.js';

const Self = gql`{ me { id email isEmailVerified hasSecondFactor } }`;
const Customers = gql`{ customers { totalCount } }`;
const CreateKey = gql`
  mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }
`;
const Membership = gql`{ me { memberships { id } } }`;

let server: MailingServer;
beforeAll(async () => {
  server = await mailingServer();
});

const self = async (caller: GraphQLClient) => (await caller.request<{ me: { id: string; email: string } }>(Self)).me;

test('an account is invited, protected, recovered, moved to another address, used by a script, left', async () => {
  const here = await Inviting.inNewTenant(server);
  const email = newAddress();

  // Invited, and registers by the link: the address is confirmed, and the role is there.
  const roleIds = [await roleNamed(here.tenant, 'Admin')];
  const { accessToken } = await here.register(email, await here.link(email, { roleIds }), { password });
  let signedIn = here.as({ token: accessToken });
  const { id } = await self(signedIn);
  expect(await self(signedIn)).toEqual({ id, email, isEmailVerified: true, hasSecondFactor: false });
  expect(await signedIn.request(Customers)).toEqual({ customers: { totalCount: 0 } });

  // Sets up a second factor, of which a message tells: the password alone is not enough any more.
  const { secret } = await beginSecondFactor(signedIn);
  const [recoveryCode] = await confirm(signedIn, codeOf(secret));
  const signIn = async (name: string, secretWord: string, code: string) => {
    await freshCodes({ id });
    const { ticket } = await beginLogin(name, { password: secretWord }, server.client());
    return here.as({ token: (await complete(ticket, code, server.client())).accessToken });
  };
  signedIn = await signIn(email, password, codeOf(secret));

  // Forgets the password: the link ends every session, and leaves the second factor.
  const newPassword = 'another-correct-battery';
  await server.client().request(Reset, { token: await resetToken(server, email, 3), newPassword });
  expect(await refusal(signedIn.request(Self))).toMatchObject({ reason: 'SESSION_ENDED' });
  expect(await refusal(signIn(email, password, codeOf(secret)))).toMatchObject({ reason: 'INVALID_CREDENTIALS' });
  signedIn = await signIn(email, newPassword, codeOf(secret));

  // Moves to another address: other sessions end, and the old address signs nobody in.
  const elsewhere = await signIn(email, newPassword, recoveryCode!);
  const newEmail = newAddress();
  await signedIn.request(RequestChange, { input: { newEmail, password: newPassword } });
  const token = tokenIn((await server.mails.to(newEmail))[0]!, 'change-email');
  await signedIn.request(ConfirmChange, { token });
  expect(await self(signedIn)).toEqual({ id, email: newEmail, isEmailVerified: true, hasSecondFactor: true });
  expect(await refusal(elsewhere.request(Self))).toMatchObject({ reason: 'SESSION_ENDED' });
  expect(await refusal(beginLogin(email, { password: newPassword }))).toMatchObject({ reason: 'INVALID_CREDENTIALS' });

  // Gives a script a key of its own, which is nobody's account.
  const permissions = await permissionIds(here.tenant.id, ['customer:read']);
  const { createApiKey } = await signedIn.request<{ createApiKey: { secret: string } }>(CreateKey, {
    input: { name: 'Nightly export', permissionIds: permissions },
  });
  const script = here.as({ token: createApiKey.secret });
  expect(await script.request(Customers)).toEqual({ customers: { totalCount: 0 } });
  expect(await script.request(Self)).toEqual({ me: null });

  // Leaves: neither the account nor its key reaches the organization, and the account stays.
  const { me } = await signedIn.request<{ me: { memberships: [{ id: string }] } }>(Membership);
  await signedIn.request(Deactivate, { id: me.memberships[0].id });
  expect(await refusal(signedIn.request(Customers))).toMatchObject({ reason: 'NO_ORGANIZATION' });
  expect(await refusal(script.request(Customers))).toMatchObject({ reason: 'API_KEY_INVALID' });
  expect(await self(signedIn)).toMatchObject({ email: newEmail });
});
