import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from './support/eventually.js';
import { type MailingServer, mailingServer, tokenIn } from './support/mail-server.js';
import {
  anotherEmail,
  type Newcomer,
  newcomer,
  RequestChange,
  resetToken,
  verificationToken,
} from './support/mailed-links.js';
import { open, phone, signedIn, signedOut, signIn, violations } from './support/pages.js';
import { codeOf, freshCodes, protectedPerson } from './support/second-factor.js';
import { login, me, reasonOf } from './support/sign-in.js';
import { newTenant, password } from './support/tenant.js';

let server: MailingServer;

beforeAll(async () => {
  server = await mailingServer();
});

const complaint = (page: Page, text: string | RegExp) => page.locator('#complaint', { hasText: text }).waitFor();
const told = (page: Page, text: string | RegExp) => page.locator('main', { hasText: text }).waitFor();
const account = (page: Page) => page.waitForSelector('#account:not([hidden])');
const newPassword = 'another-horse-battery';

async function openAccount(username: string, options = {}): Promise<Page> {
  const page = await open('/account', options);
  await signIn(page, username);
  await account(page);
  return page;
}

async function enterCode(page: Page, code: string): Promise<void> {
  await page.fill('#code', code);
  await page.click('#second-factor button');
}

describe('sign-in with a second factor', () => {
  test('asks for a code on every page, and takes one of recovery', async () => {
    const person = await protectedPerson('Picture Ltd');
    const page = await open('/dashboard');
    await signIn(page, person.username);
    await page.waitForSelector('#second-factor:not([hidden])');
    expect(await page.evaluate('document.activeElement.id')).toBe('code');
    expect(await page.locator('#paste').isVisible()).toBe(false);
    await enterCode(page, '000000');
    await complaint(page, /code is wrong/);
    await enterCode(page, codeOf(person.secret));
    await page.waitForSelector('#figures:not([hidden])');
    await page.click('#sign-out');
    await signedOut(page);
    // The password is needed again.
    expect(await page.locator('#sign-in').isVisible()).toBe(true);
    expect(await page.locator('#second-factor').isVisible()).toBe(false);
    await page.goto(new URL('/', page.url()).href);
    await signIn(page, person.username);
    await enterCode(page, person.recoveryCodes[0]!);
    await signedIn(page);
    await page.context().close();
  });

  test('starts again after five wrong codes, and when somebody wants to', async () => {
    const person = await protectedPerson();
    const page = await open('/account');
    await signIn(page, person.username);
    for (let n = 0; n < 5; n += 1) {
      await enterCode(page, '000000');
      await complaint(page, /code is wrong/);
    }
    await enterCode(page, codeOf(person.secret));
    await complaint(page, 'Start again with your password');
    await page.waitForSelector('#sign-in:not([hidden])');
    await signIn(page, person.username);
    await page.waitForSelector('#second-factor:not([hidden])');
    await page.click('#start-again');
    await page.waitForSelector('#sign-in:not([hidden])');
    expect(await page.evaluate('document.activeElement.id')).toBe('username');
    await page.context().close();
  });

  test('keeps the token of the device, which strangers do not make wait', async () => {
    const { owner } = await newTenant();
    const page = await openAccount(owner.username);
    await page.click('#sign-out');
    await signedOut(page);
    for (let n = 0; n < 6; n += 1) await reasonOf(login(owner.email, 'wrong'));
    expect(await reasonOf(login(owner.email))).toBe('LOGIN_THROTTLED');
    await signIn(page, owner.username);
    await account(page);
    await page.context().close();
  });
});

describe('the page of the account', () => {
  test('lists sessions, and ends another one', async () => {
    const { owner } = await newTenant();
    const other = await login(owner.email);
    const page = await openAccount(owner.username);
    const sessions = page.locator('#sessions li');
    expect(await sessions.count()).toBe(3);
    expect(await sessions.first().textContent()).toMatch(
      /^Chrome on Linux, this one127\.0\.0\.1, since .*, last used /,
    );
    for (let left = 2; left; left -= 1) {
      await sessions.nth(1).getByRole('button').click();
      await eventually(async () => (await sessions.count()) === left);
    }
    expect(await reasonOf(me(other.accessToken))).toBe('SESSION_ENDED');
    expect(await sessions.getByRole('button').count()).toBe(0);
    await page.context().close();
  });

  test('switches the organization for all pages', async () => {
    const { owner } = await newTenant('First Ltd');
    await owner.request('mutation { createOrganization(input: { name: "Second Ltd" }) { id } }');
    const page = await openAccount(owner.username);
    const [first, second] = [page.locator('#organizations li', { hasText: 'First Ltd' }), 'Second Ltd'] as const;
    await first.locator('.quiet', { hasText: 'active' }).waitFor();
    await page.getByRole('button', { name: `Switch: ${second}` }).click();
    await page.getByRole('button', { name: 'Switch: First Ltd' }).waitFor();
    expect(await page.locator('#organization option:checked').textContent()).toBe(second);
    await page.goto(new URL('/dashboard', page.url()).href);
    await page.locator('#note', { hasText: second }).waitFor({ state: 'attached' });
    await page.context().close();
  });

  test('turns the second factor on, with recovery codes to keep, and off', async () => {
    const { owner } = await newTenant();
    const page = await openAccount(owner.username);
    await page.click('#begin');
    await page.waitForSelector('#secret:not([hidden])');
    const secret = (await page.locator('#key').textContent())!.replaceAll(' ', '');
    expect(await page.locator('#uri').getAttribute('href')).toContain(`secret=${secret}&`);
    expect(await page.locator('#qr svg').isVisible()).toBe(true);
    await page.fill('#confirm [name=code]', '000000');
    await page.click('#confirm button');
    await page.locator('#confirm .problem', { hasText: 'The code is not the current code' }).waitFor();
    await page.fill('#confirm [name=code]', codeOf(secret));
    await page.click('#confirm button');
    await page.waitForSelector('#recovery:not([hidden])');
    const codes = await page.locator('#codes li').allInnerTexts();
    expect(codes).toHaveLength(10);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-codes')]);
    expect(readFileSync(await download.path(), 'utf8')).toBe(`${codes.join('\n')}\n`);
    expect(await reasonOf(login(owner.email))).toBe('SECOND_FACTOR_REQUIRED');
    // Nothing else on the page takes the codes away; a sign-out does.
    await page.locator('#sessions button').first().click();
    await eventually(async () => (await page.locator('#sessions li').count()) === 1);
    expect(await page.locator('#codes li').count()).toBe(10);
    await page.reload();
    await page.locator('#factor-state', { hasText: 'On:' }).waitFor();
    expect(await page.locator('main').textContent()).not.toContain(codes[0]);
    await freshCodes(owner);
    await page.click('#removal summary');
    await page.fill('#remove [name=password]', 'wrong');
    await page.fill('#remove [name=code]', codes[0]!);
    await page.click('#remove button');
    await page.locator('#remove .problem', { hasText: 'The password is not the current password' }).waitFor();
    await page.fill('#remove [name=password]', password);
    await page.click('#remove button');
    await page.locator('#factor-state', { hasText: 'Off:' }).waitFor();
    expect((await login(owner.email)).user.id).toBe(owner.id);
    await page.context().close();
  });

  test('is there without an organization, and sends the link for the address again', async () => {
    const person = await newcomer(server);
    await verificationToken(server, person);
    const page = await open('/account', {}, server.url);
    await signIn(page, person.username);
    await account(page);
    expect(await page.locator('#organizations').textContent()).toBe('None yet');
    expect(await page.locator('#you').textContent()).toMatch(/\(not confirmed yet\)$/);
    await page.click('#resend');
    await page.locator('#you-note', { hasText: /wait \d+ s/ }).waitFor();
    await page.context().close();
  });
});

describe('a page that a message leads to', () => {
  let person: Newcomer;
  beforeAll(async () => {
    person = await newcomer(server);
  });
  const press = (page: Page) => page.click('#press button');

  test('confirms the address once its button is pressed, and once only', async () => {
    const path = `/verify?token=${await verificationToken(server, person)}`;
    for (const outcome of [`${person.email} is confirmed.`, /not valid/]) {
      const page = await open(path, {}, server.url);
      expect(await page.locator('#press').isVisible()).toBe(true);
      await press(page);
      await told(page, outcome);
      await page.context().close();
    }
  });

  test('changes the address', async () => {
    const newEmail = anotherEmail();
    await server.client(person.token).request(RequestChange, { input: { newEmail, password } });
    const token = tokenIn((await server.mails.to(newEmail))[0]!, 'change-email');
    const page = await open(`/change-email?token=${token}`, {}, server.url);
    await press(page);
    await told(page, `${newEmail} is your address now.`);
    await page.context().close();
  });

  test('sends a link for a new password to a known address and an unknown one alike', async () => {
    const page = await open('/', {}, server.url);
    await page.click('#sign-in a');
    await page.waitForSelector('#asking:not([hidden])');
    const email = anotherEmail();
    await page.fill('#ask [name=email]', email);
    await page.click('#ask button');
    await told(page, `If an account has the address ${email}, a message is on its way.`);
    await page.context().close();
  });

  test('sets a new password, signs out, and says what is wrong with one', async () => {
    const own = await newcomer(server);
    const token = await resetToken(server, own.email);
    const page = await open('/account', {}, server.url);
    await signIn(page, own.username);
    await account(page);
    await page.goto(`${server.url}/reset?token=${token}`);
    const choose = async (text: string, again = text) => {
      await page.fill('#choose [name=newPassword]', text);
      await page.fill('#choose [name=again]', again);
      await page.click('#choose button');
    };
    await choose(newPassword, 'something-else');
    await page.locator('.problem', { hasText: 'The two passwords differ.' }).waitFor();
    await choose(own.username);
    await page.locator('.problem', { hasText: 'The new password must not be the e-mail address' }).waitFor();
    await choose(newPassword);
    await told(page, 'Your password is changed');
    await signedOut(page);
    await page.fill('#username', own.username);
    await page.fill('#sign-in [name=password]', newPassword);
    await page.click('#sign-in button');
    await signedIn(page);
    await page.context().close();
  });

  test.each(['/verify', '/change-email?token=', '/reset?token=nonsense'])('%s is refused in words', async (path) => {
    const page = await open(path, {}, server.url);
    if (path.startsWith('/reset')) {
      await page.fill('#choose [name=newPassword]', newPassword);
      await page.fill('#choose [name=again]', newPassword);
      await page.click('#choose button');
    } else await press(page);
    await page.locator('form:visible .problem', { hasText: /not valid|ask for/ }).waitFor();
    await page.context().close();
  });
});

test.each(['light', 'dark'] as const)('the pages are accessible in %s and fit a phone', async (colorScheme) => {
  const { owner } = await newTenant();
  const page = await open('/reset', { colorScheme, bypassCSP: true, ...phone });
  for (const path of ['/reset', '/reset?token=x', '/verify?token=x', '/account']) {
    await page.goto(new URL(path, page.url()).href);
    expect([path, await violations(page)]).toEqual([path, []]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
  }
  await signIn(page, owner.username);
  await account(page);
  await page.click('#begin');
  await page.waitForSelector('#secret:not([hidden])');
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
  await page.context().close();
});
