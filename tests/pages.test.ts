import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { anotherTab, changeSession, open, signedIn, signedOut, signIn, tokenOf } from './support/pages.js';
import { client, notice, origin } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

let tenant: Tenant;

beforeAll(async () => {
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

test.each(['/', '/dashboard', '/changes'])(
  '%s runs no script but ours',
  async (path) => {
    const policy = (await fetch(origin + path)).headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:/);
    const page = await open('/health/live');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(origin + path, { waitUntil: 'networkidle' });
    expect(asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(origin))).toEqual([]);
    await page.context().close();
  },
  60_000,
);

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
  }, 60_000);

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
  }, 60_000);

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
  }, 60_000);

  test('is renewed once for all tabs', async () => {
    const page = await openSignedIn();
    const other = await anotherTab(page, '/dashboard');
    // A request under way when the token expires would renew it before the reload, in vain.
    await page.waitForSelector('#figures:not([hidden])');
    await Promise.all([page, other].map((tab) => tab.waitForLoadState('networkidle')));
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
  }, 60_000);

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
  }, 60_000);

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
  }, 60_000);

  test('is not begun with a wrong password, and the form says so', async () => {
    const page = await open('/dashboard');
    await signIn(page, 'nobody');
    await page.locator('#complaint:not(:empty)').waitFor();
    await signIn(page, tenant.owner.username);
    await signedIn(page);
    await page.context().close();
  }, 60_000);
});
