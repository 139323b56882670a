import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { confirmedPerson, Inviting, newAddress } from './support/invitations.js';
import { type MailingServer, mailingServer } from './support/mail-server.js';
import { open, phone, signedIn, signIn, violations } from './support/pages.js';
import { login } from './support/sign-in.js';
import { newPerson } from './support/tenant.js';

let server: MailingServer;
let inviting: Inviting;

beforeAll(async () => {
  server = await mailingServer();
  inviting = await Inviting.inNewTenant(server, 'Picture Ltd');
});

const about = (page: Page, text: string) => page.locator('#about', { hasText: text }).waitFor();

async function openLink(token: string, options = {}): Promise<Page> {
  const page = await open(`/invitation?token=${token}`, options, server.url);
  await about(page, 'Pat Poe invites you to join Picture Ltd');
  return page;
}

async function fillAccount(page: Page, email: string, username: string): Promise<void> {
  await page.fill('#register [name=email]', email);
  await page.fill('#register [name=username]', username);
  await page.fill('#register [name=newPassword]', 'another-horse-battery');
  await page.fill('#register [name=again]', 'another-horse-battery');
  await page.click('#register button');
}

describe('the page of an invitation', () => {
  test('creates an account for somebody who has none, and opens the organization', async () => {
    const email = newAddress();
    const page = await openLink(await inviting.link(email, { isOwner: true }));
    await fillAccount(page, newAddress(), email.split('@')[0]!);
    await page.locator('#register .problem:not(:empty)').waitFor();
    await fillAccount(page, email, email.split('@')[0]!);
    await about(page, 'You are a member of Picture Ltd now.');
    await signedIn(page);
    await page.click('#about a');
    await page.locator('#note', { hasText: 'Picture Ltd' }).waitFor({ state: 'attached' });
    expect((await login(email, 'another-horse-battery')).user.id).toEqual(expect.any(String));
    await page.context().close();
  });

  test('lets somebody sign in and accept', async () => {
    const person = await confirmedPerson('Own Ltd');
    const page = await openLink(await inviting.link(person.email));
    await signIn(page, person.username);
    await page.locator('#as', { hasText: 'You are signed in as Pat Poe.' }).waitFor();
    expect(await page.locator('#register').isVisible()).toBe(false);
    await page.click('#accept');
    await about(page, 'You are a member of Picture Ltd now.');
    await page.click('#about a');
    await page.waitForSelector('#organization:not([hidden])');
    expect(await page.locator('#organization option:checked').textContent()).toBe('Picture Ltd');
    await page.context().close();
  });

  test('refuses somebody else, and is declined without an account', async () => {
    const page = await openLink(await inviting.link(newAddress()));
    await signIn(page, (await newPerson()).username);
    await page.click('#accept');
    await page.locator('#problem:not(:empty)').waitFor();
    await page.click('#sign-out');
    await page.waitForSelector('#register:not([hidden])');
    await page.click('#decline');
    await about(page, 'You have declined to join Picture Ltd.');
    expect(await page.locator('#register').isVisible()).toBe(false);
    await page.reload();
    await about(page, 'Ask for another one.');
    await page.context().close();
  });

  test.each(['', '?token=', '?token=nonsense'])('says that %j leads to none', async (search) => {
    const page = await open(`/invitation${search}`, {}, server.url);
    await about(page, 'Ask for another one.');
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('is accessible in %s and fits a phone', async (colorScheme) => {
    const page = await openLink(await inviting.link(newAddress()), { colorScheme, bypassCSP: true, ...phone });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    await signIn(page, inviting.tenant.owner.username);
    await page.waitForSelector('#joining:not([hidden])');
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});

test('the page of the account lists invitations, which are accepted or declined there', async () => {
  const person = await confirmedPerson();
  const other = await Inviting.inNewTenant(server, 'Other Ltd');
  await inviting.invite(person.email);
  await other.invite(person.email);
  const page = await open('/account', { bypassCSP: true, ...phone }, server.url);
  await signIn(page, person.username);
  await page.getByRole('button', { name: 'Accept: Picture Ltd' }).click();
  await page.locator('#organizations li', { hasText: 'Picture Ltd' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Decline: Other Ltd' }).click();
  await page.waitForSelector('#invited', { state: 'hidden' });
  await page.context().close();
});
