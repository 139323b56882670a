import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { newApiKey } from './support/api-keys.js';
import { confirmedPerson, Inviting, newAddress } from './support/invitations.js';
import { type MailingServer, mailingServer } from './support/mail-server.js';
import { add, leave } from './support/memberships.js';
import {
  anotherTab,
  changeSession,
  open,
  runOperation,
  settled,
  signedIn,
  signedOut,
  signIn,
  tokenOf,
} from './support/pages.js';
import { client, notice, origin } from './support/server.js';
import { reasonOf } from './support/sign-in.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let mailing: MailingServer;

beforeAll(async () => {
  mailing = await mailingServer();
  tenant = await newTenant('Picture Ltd');
});

const complaint = (page: Page) => page.locator('#complaint').textContent();
const expired = { expiresAt: new Date(0).toISOString() };

async function openSignedIn(path = '/dashboard'): Promise<Page> {
  const page = await open(path);
  await signIn(page, tenant.owner.username);
  await signedIn(page);
  return page;
}

/** The event that a window sends when somebody comes back to it. */
const comeBack = (page: Page) => page.evaluate(`window.dispatchEvent(new Event('focus'))`);

const logOut = async (token: string) => {
  await client({ token }).request('mutation { logout { revokedSessions } }');
  await notice();
};

test.each(['/', '/dashboard', '/changes'])('%s runs no script but ours', async (path) => {
  const policy = (await fetch(origin + path)).headers.get('content-security-policy')!;
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toMatch(/https?:/);
  const page = await open('/health/live');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(origin + path, { waitUntil: 'networkidle' });
  expect(asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(origin))).toEqual([]);
  await page.context().close();
});

describe('a session', () => {
  test('that ended elsewhere is noticed, and the form comes back', async () => {
    const page = await openSignedIn();
    await logOut(await tokenOf(page));
    await comeBack(page);
    await signedOut(page);
    expect(await complaint(page)).toBe('Your session was ended elsewhere: sign in again.');
    expect(await page.locator('#signed-in').isVisible()).toBe(false);
    await signIn(page, tenant.owner.username);
    await signedIn(page);
    expect(await complaint(page)).toBe('');
    await page.context().close();
  });

  test('that ended on the server is noticed within 15 seconds, with nobody doing anything', async () => {
    const page = await open('/health/live');
    await page.clock.install();
    await page.goto(`${origin}/dashboard`);
    await signIn(page, tenant.owner.username);
    await page.waitForSelector('#figures:not([hidden])');
    await logOut(await tokenOf(page));
    expect(await page.locator('#signed-in').isVisible()).toBe(true);
    await page.clock.fastForward(15_000);
    await signedOut(page);
    expect(await complaint(page)).toBe('Your session was ended elsewhere: sign in again.');
    await page.context().close();
  });

  test('is shared by all tabs, signing in and out', async () => {
    const page = await open('/');
    const other = await anotherTab(page, '/dashboard');
    await signIn(page, tenant.owner.username);
    await other.waitForSelector('#figures:not([hidden])');
    expect(await other.locator('#who').textContent()).toBe('Pat Poe');
    const token = await tokenOf(page);
    await other.click('#sign-out');
    await signedOut(page);
    expect(await complaint(page)).toBe('The session was ended in another tab: sign in again.');
    expect(await complaint(other)).toBe('');
    await expect(client({ token }).request('{ me { id } }')).rejects.toThrow(/ended/);
    await page.context().close();
  });

  test('is renewed once for all tabs', async () => {
    const page = await openSignedIn();
    const other = await anotherTab(page, '/dashboard');
    // A request under way when the token expires would renew it before the reload, in vain.
    await page.waitForSelector('#figures:not([hidden])');
    await Promise.all([page, other].map(settled));
    const before = await tokenOf(page);
    let renewals = 0;
    await page.context().route('**/graphql', (route) => {
      if (route.request().postData()?.includes('RenewSession')) renewals += 1;
      return route.continue();
    });
    await changeSession(page, expired);
    await Promise.all([page.reload(), other.reload()]);
    await Promise.all([page, other].map((tab) => tab.waitForSelector('#figures:not([hidden])')));
    expect(renewals).toBe(1);
    expect(await tokenOf(page)).not.toBe(before);
    await page.context().close();
  });

  test('whose renewal is refused ends, and one that the server cannot be asked about does not', async () => {
    const page = await openSignedIn();
    await page.waitForSelector('#figures:not([hidden])');
    await changeSession(page, expired);
    await page.route('**/graphql', (route) => route.abort());
    await page.selectOption('#range', '30');
    await page.waitForSelector('#retry:not([hidden])');
    expect(await page.locator('#note').textContent()).toMatch(/cannot be reached/);
    expect(await page.locator('#signed-in').isVisible()).toBe(true);
    await page.unroute('**/graphql');
    await changeSession(page, { refreshToken: 'used up' });
    await page.reload();
    await signedOut(page);
    expect(await complaint(page)).toBe('Your session has expired: sign in again.');
    await page.context().close();
  });

  test('of a pasted token says whose it is, and ends when it is refused', async () => {
    const page = await open('/dashboard');
    await page.fill('[name=token]', `Bearer ${tenant.owner.token}`);
    await page.click('#paste button');
    await page.locator('#who', { hasText: 'Pat Poe, by a pasted token' }).waitFor();
    await page.click('#sign-out');
    await signedOut(page);
    await page.fill('[name=token]', 'nonsense');
    await page.click('#paste button');
    await page.locator('#complaint', { hasText: 'The token is refused' }).waitFor();
    expect(await page.locator('#signed-in').isVisible()).toBe(false);
    await page.context().close();
  });

  test('that cannot be ended on the server says so when it ends in the browser', async () => {
    const page = await openSignedIn();
    const token = await tokenOf(page);
    await page.route('**/graphql', (route) => route.abort());
    await page.click('#sign-out');
    await signedOut(page);
    expect(await complaint(page)).toContain('may still be open');
    await client({ token }).request('{ me { id } }');
    await page.context().close();
  });

  test('is not begun with a wrong password, and the form says so', async () => {
    const page = await open('/dashboard');
    await signIn(page, 'nobody');
    await page.locator('#complaint:not(:empty)').waitFor();
    await signIn(page, tenant.owner.username);
    await signedIn(page);
    await page.context().close();
  });
});

describe('after a membership has ended, the pages', () => {
  let person: Person;
  let left: Tenant;
  let end: () => Promise<void>;

  /** Somebody who has chosen an organization, in which `end` ends the membership. */
  async function openChosen(path: string): Promise<Page> {
    person = await confirmedPerson('Home Ltd');
    left = await newTenant('Left Ltd');
    const { id } = await add(left, { userId: person.id });
    end = async () => {
      await leave(left.owner, left.id, id);
      await notice();
    };
    const page = await open('/account');
    await signIn(page, person.username);
    await page.getByRole('button', { name: 'Switch: Left Ltd' }).click();
    await page.getByRole('button', { name: 'Switch: Home Ltd' }).waitFor();
    await page.goto(origin + path);
    await settled(page);
    return page;
  }

  const told = (page: Page) => page.locator('#complaint', { hasText: 'no longer a member' }).waitFor();
  const chosen = (page: Page, name: string) =>
    page.locator('#organization option:checked', { hasText: name }).waitFor({ state: 'attached' });

  test.each([
    ['/account', '#organizations li'],
    ['/dashboard', '#note'],
  ])('go on in another organization: %s', async (path, place) => {
    const page = await openChosen(path);
    await end();
    await page.reload();
    await told(page);
    await page.locator(place, { hasText: 'Home Ltd' }).waitFor({ state: 'attached' });
    await chosen(page, 'Home Ltd');
    expect(await page.locator('#organization option').count()).toBe(1);
    await page.reload();
    await signedIn(page);
    expect(await complaint(page)).toBe('');
    await page.context().close();
  });

  test('let the person accept another invitation, and go to its organization', async () => {
    const page = await openChosen('/health/live');
    await end();
    const token = await new Inviting(mailing, left).link(person.email);
    await page.goto(`${origin}/invitation?token=${token}`);
    await page.click('#accept');
    await page.locator('#about', { hasText: 'You are a member of Left Ltd now.' }).waitFor();
    await chosen(page, 'Left Ltd');
    await page.context().close();
  });

  test('run nothing in another organization that was meant for that one', async () => {
    const mutation = 'mutation { createCustomer(input: { name: "A B", email: "a@b.example" }) { id } }';
    const page = await openChosen(`/#${new URLSearchParams({ query: mutation })}`);
    await page.locator('.graphiql-query-editor', { hasText: 'createCustomer' }).waitFor();
    await end();
    await page.click('.graphiql-execute-button');
    await page.locator('.graphiql-response', { hasText: 'NOT_A_MEMBER' }).waitFor();
    await told(page);
    await chosen(page, 'Home Ltd');
    expect(await person.request('{ customers { totalCount } }')).toEqual({ customers: { totalCount: 0 } });
    await page.context().close();
  });

  test('sign out for good', async () => {
    const page = await openChosen('/account');
    const token = await tokenOf(page);
    await end();
    await page.click('#sign-out');
    await signedOut(page);
    expect(await complaint(page)).toBe('');
    expect(await reasonOf(client({ token }).request('{ me { id } }'))).toBe('SESSION_ENDED');
    await page.context().close();
  });
});

describe('a pasted API key', () => {
  let own: Tenant;
  beforeAll(async () => {
    own = await newTenant('Key Ltd');
  });

  async function openWithKey(path: string, permissions?: string[]): Promise<Page> {
    const { secret } = await newApiKey(own.owner, own.id, { permissions });
    const page = await open(path);
    const failures: string[] = [];
    page.on('pageerror', ({ message }) => failures.push(message));
    await page.fill('[name=token]', secret);
    await page.click('#paste button');
    await page.locator('#who', { hasText: /^An API key$/ }).waitFor();
    await settled(page);
    expect([await complaint(page), failures]).toEqual(['', []]);
    return page;
  }

  async function signOutAgain(page: Page): Promise<void> {
    await page.click('#sign-out');
    await signedOut(page);
    expect(await complaint(page)).toBe('');
    await page.context().close();
  }

  test('runs queries in the explorer', async () => {
    const page = await openWithKey('/');
    await page.waitForSelector('.graphiql-container');
    await runOperation(page, 'Customers');
    await page.locator('.graphiql-response', { hasText: '"customers": {' }).waitFor();
    await signOutAgain(page);
  });

  test('shows the figures that it may read on the dashboard', async () => {
    const page = await openWithKey('/dashboard', ['organization:read', 'deal:read']);
    await page.waitForSelector('#figures:not([hidden])');
    expect(await page.locator('#note').textContent()).toBe('Key Ltd');
    await signOutAgain(page);
  });

  test('has no account, and says so', async () => {
    const page = await openWithKey('/account');
    await page.locator('#note', { hasText: 'An API key has no account.' }).waitFor();
    expect(await page.locator('#account').isVisible()).toBe(false);
    await signOutAgain(page);
  });

  test('accepts no invitation, which the page says', async () => {
    const inviting = new Inviting(mailing, own);
    const page = await openWithKey(`/invitation?token=${await inviting.link(newAddress())}`);
    await page.locator('#as', { hasText: 'An API key cannot accept it.' }).waitFor();
    expect(await page.locator('#accept').isVisible()).toBe(false);
    await page.click('#sign-out');
    await page.waitForSelector('#register:not([hidden])');
    await signIn(page, own.owner.username);
    await page.waitForSelector('#accept:not([hidden])');
    await page.context().close();
  });
});
