import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { codeOf, protectedPerson } from '../support/second-factor.js';
import { notice } from '../support/server.js';
import { newPerson, type Person, password } from '../support/tenant.js';
import { Session, SignedOut } from './session.js';
import { graphqlUrl, newStorage } from './support.js';

let person: Person;
beforeAll(async () => {
  person = await newPerson('Tabs Ltd');
});

const tabs: Session[] = [];
const fakes: Server[] = [];
afterEach(() => {
  for (const fake of fakes.splice(0)) fake.close();
  for (const tab of tabs.splice(0)) tab.close();
});

function newTab(store: ReturnType<typeof newStorage>): Session {
  const tab = new Session(graphqlUrl(), store);
  tabs.push(tab);
  return tab;
}

/** A browser in which somebody signed in and then closed all tabs. */
async function signedInBrowser() {
  const store = newStorage();
  const tab = newTab(store);
  await tab.signIn(person.username, password);
  tab.close();
  return store;
}

const me = async (tab: Session) => {
  const response = await tab.fetch(graphqlUrl(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ me { username } }' }),
  });
  const { data } = (await response.json()) as { data: { me: { username: string } } };
  return data.me.username;
};

/** Resolves once every tab has got the next message that one of them sends. */
async function nextMessage(): Promise<void> {
  const listener = new BroadcastChannel('crm-session');
  await new Promise((resolve) => {
    listener.onmessage = resolve;
  });
  listener.close();
  await new Promise(setImmediate);
}

const refreshTokenIn = (store: ReturnType<typeof newStorage>) => store.getItem('crm-refresh-token');

test('tabs that are restored together all stay signed in', async () => {
  const store = await signedInBrowser();
  const restored = [newTab(store), newTab(store), newTab(store), newTab(store)];
  await expect(Promise.all(restored.map(me))).resolves.toEqual(restored.map(() => person.username));
  const later = newTab(store);
  await expect(me(later)).resolves.toBe(person.username);
});

test('a second factor is asked for between password and session', async () => {
  const { username, secret } = await protectedPerson();
  const tab = newTab(newStorage());
  const ticket = await tab.signIn(username, password);
  await expect(tab.accessToken()).rejects.toThrow(SignedOut);
  await expect(tab.enterCode(ticket!, '000000')).rejects.toThrow(/code is wrong/);
  await tab.enterCode(ticket!, codeOf(secret));
  await expect(me(tab)).resolves.toBe(username);
});

test('without locks, tabs that ask at once get the same successor', async () => {
  const store = await signedInBrowser();
  const { locks } = navigator;
  Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
  try {
    const restored = [newTab(store), newTab(store), newTab(store)];
    await expect(Promise.all(restored.map(me))).resolves.toEqual(restored.map(() => person.username));
  } finally {
    Object.defineProperty(navigator, 'locks', { value: locks, configurable: true });
  }
  await expect(me(newTab(store))).resolves.toBe(person.username);
});

test('a tab uses the token that another one got', async () => {
  const store = await signedInBrowser();
  const [one, other] = [newTab(store), newTab(store)];
  const told = nextMessage();
  const token = await one.accessToken();
  const refreshToken = refreshTokenIn(store);
  await told;
  await expect(other.accessToken()).resolves.toBe(token);
  expect(refreshTokenIn(store)).toBe(refreshToken);
});

test('a request whose token the server does not take is sent again with a new one', async () => {
  const store = await signedInBrowser();
  const tab = newTab(store);
  const channel = new BroadcastChannel('crm-session');
  const told = nextMessage();
  channel.postMessage({ access: { accessToken: 'no.longer.valid', expiresAt: '2999-01-01T00:00:00Z' } });
  await told;
  channel.close();
  await expect(tab.accessToken()).resolves.toBe('no.longer.valid');
  await expect(me(tab)).resolves.toBe(person.username);
});

test('a session that was ended elsewhere is over in all tabs', async () => {
  const store = await signedInBrowser();
  const [one, other] = [newTab(store), newTab(store)];
  await Promise.all([me(one), me(other)]);
  await sql('delete from sessions where user_id = $1', [person.id]);
  await notice();
  await expect(me(one)).rejects.toBeInstanceOf(SignedOut);
  await expect(me(other)).rejects.toBeInstanceOf(SignedOut);
  expect(refreshTokenIn(store)).toBeNull();
});

test('signing out in one tab signs out the other', async () => {
  const store = await signedInBrowser();
  const [one, other] = [newTab(store), newTab(store)];
  await Promise.all([me(one), me(other)]);
  await one.signOut();
  await expect(me(other)).rejects.toBeInstanceOf(SignedOut);
});

test('a wrong password is told and signs nobody in', async () => {
  const store = newStorage();
  await expect(newTab(store).signIn(person.username, 'wrong-wrong-wrong')).rejects.toThrow(/name and password/);
  expect(refreshTokenIn(store)).toBeNull();
});

test('all writes of all tabs are told to each server, also those that were under way at the same time', async () => {
  const told: (string | undefined)[] = [];
  const held: (() => void)[] = [];
  const tokens = { accessToken: 'a', refreshToken: 'r', expiresAt: '2999-01-01T00:00:00.000Z', deviceToken: 'd' };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    told.push(request.headers['x-read-after'] as string | undefined);
    const answer = () => {
      const written = /write\d|Login/.exec(body)?.[0];
      response.writeHead(200, { 'content-type': 'application/json', ...(written && { 'x-read-after': written }) });
      response.end(JSON.stringify({ data: { beginLogin: tokens } }));
    };
    if (body.includes('write1')) held.push(answer);
    else answer();
  }).listen(0, '127.0.0.1');
  fakes.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const store = newStorage();
  const [tab, other] = [new Session(url, store), new Session(url, store)];
  tabs.push(tab, other);
  const send = (from: Session, query: string) => from.fetch(url, { method: 'POST', body: JSON.stringify({ query }) });
  await tab.signIn('kim', password);
  const first = send(tab, 'write1');
  await eventually(async () => held.length === 1);
  await send(tab, 'write2');
  held[0]!();
  const heard = nextMessage();
  await first;
  await heard;
  for (const from of [tab, other]) await send(from, 'read');
  expect(told.slice(0, 3)).toEqual([undefined, 'Login', 'Login']);
  expect(told.slice(3).map((values) => values!.split(', ').sort())).toEqual([
    ['write1', 'write2'],
    ['Login', 'write1', 'write2'],
  ]);
});
