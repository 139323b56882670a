import { domainToUnicode } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Arbitrary, array, assert, asyncProperty, constantFrom, pre, tuple } from 'fast-check';
import { v7 } from 'uuid';
import { type MailTransport, smtp } from '../../src/platform/mail/transports.js';
import { formatOf } from '../../src/platform/records/formats.js';
import { Inviting } from '../support/invitations.js';
import { mailingServer, mailServer } from '../support/mail-server.js';
import { RequestChange } from '../support/mailed-links.js';
import { refusal } from '../support/server.js';
import { newAccount, Register } from '../support/sign-in.js';
import { password } from '../support/tenant.js';

const mails = mailServer();
let transport: MailTransport;

beforeAll(async () => {
  transport = smtp(await mails.listen(), 'crm@example.com');
});
afterAll(() => transport.close());

const drawnFrom = (characters: string): Arbitrary<string> =>
  array(constantFrom(...characters), { minLength: 1, maxLength: 4 }).map((drawn) => drawn.join(''));

/** Texts that are nearly addresses, with all that mail programs read in a special way. */
const texts = tuple(
  drawnFrom(`aaab.+-_'"\\<>(),:;@[]{}|&%=?/ \u3000\u00a0\u00ad\u00e9\u017f`),
  drawnFrom('aaab-\u00ad\u017f\u00fc\u00df\u3002'),
).map(([local, domain]) => `${local}@${domain}.example`);

test('a message reaches exactly the address that is accepted and stored', async () => {
  const { canonical, accepts } = formatOf('mailbox');
  const property = asyncProperty(texts, async (text) => {
    const stored = canonical!(text);
    pre(accepts(stored));
    const message = { to: stored, subject: 'A', text: 'A', html: 'A', link: null };
    await transport.send(v7(), message, AbortSignal.timeout(5_000));
    const [local, domain] = stored.split('@');
    expect(mails.letters.at(-1)!.to).toEqual([`${local}@${domainToUnicode(domain!)}`]);
  });
  await assert(property, { numRuns: 200 });
});

test('no account and no invitation is for an address that messages would not reach', async () => {
  const server = await mailingServer();
  const inviting = await Inviting.inNewTenant(server);
  for (const address of [
    '"vic"@a.example',
    '"<boss@b.example>"@a.example',
    'v\u3000c@a.example',
    'vic@\u00ada.example',
  ]) {
    const invalid = (path: string) => ({ code: 'BAD_USER_INPUT', fields: [{ path, code: 'INVALID' }] });
    const account = { ...newAccount(), email: address };
    expect(await refusal(server.client().request(Register, { input: account }))).toMatchObject(invalid('input.email'));
    expect(await refusal(inviting.invite(address))).toMatchObject(invalid('input.email'));
    const change = inviting.owner.request(RequestChange, { input: { newEmail: address, password } });
    expect(await refusal(change)).toMatchObject(invalid('input.newEmail'));
  }
});

test('an address that was stored in quotation marks before still gets its messages', async () => {
  const to = '"vic"@corp.example';
  await transport.send(v7(), { to, subject: 'A', text: 'A', html: 'A', link: null }, AbortSignal.timeout(5_000));
  expect(mails.letters.at(-1)!.to).toEqual([to]);
});
