import { find } from '../element.js';
import { ask, sendOwn } from '../server.js';
import { chooseOrganization, currentSession, isCurrent, onSessionChange } from '../session.js';
import { button, entry, moment } from './entries.js';
import { showInvitations } from './invitations.js';
import { setUpSecondFactor, showSecondFactor } from './second-factor.js';
import { presses } from './submits.js';

/** The page with everything about the account of the user who is signed in. */
export function setUpOverview() {
  setUpSecondFactor();
  presses(find('resend'), find('you-note'), async () => {
    await ask('mutation SendLink { resendVerification { accepted } }');
    find('you-note').textContent = 'A message is on its way.';
  });
  onSessionChange(show);
  void show();
}

/** The session whose account is shown. */
let shownFor;

async function show() {
  const session = currentSession();
  const note = find('note');
  note.hidden = false;
  if (!session) {
    find('account').hidden = true;
    showSecondFactor(false);
    shownFor = undefined;
    note.textContent = 'Sign in above to see your account.';
    return;
  }
  note.textContent = 'Getting your account …';
  try {
    const account = await accountOf();
    if (!isCurrent(session)) return;
    if (!account.me) return sayThereIsNone();
    showYou(account.me);
    // Recovery codes that are shown just now would be lost.
    if (shownFor !== session.startedAt) showSecondFactor(account.me.hasSecondFactor);
    shownFor = session.startedAt;
    await showInvitations(show);
    showOrganizations(account);
    showSessions(account.mySessions);
    find('account').hidden = false;
    note.hidden = true;
  } catch ({ message }) {
    note.textContent = message;
  }
}

function sayThereIsNone() {
  find('account').hidden = true;
  find('note').textContent = 'An API key has no account. Sign out, then sign in with your password to see yours.';
}

/** Without an organization, its field is refused and the rest is answered. */
async function accountOf() {
  const { data, errors } = await sendOwn({ query: accountDocument });
  if (!data?.mySessions) throw new Error(errors?.[0]?.message ?? 'The server answered with nothing.');
  return data;
}

function showYou({ fullName, username, email, isEmailVerified }) {
  find('you').textContent = `${fullName}, ${username}, ${email}${isEmailVerified ? '' : ' (not confirmed yet)'}`;
  find('resend').hidden = isEmailVerified;
  find('you-note').textContent = '';
}

function showOrganizations({ myOrganizations, organization }) {
  const entries = myOrganizations.map(({ id, name }) =>
    id === organization?.id
      ? entry(name, 'active')
      : entry(
          name,
          '',
          button('Switch', name, find('you-note'), () => chooseOrganization(id)),
        ),
  );
  find('organizations').replaceChildren(...(entries.length ? entries : [entry('None yet', '')]));
}

function showSessions(sessions) {
  const problem = find('sessions-problem');
  find('sessions').replaceChildren(
    ...sessions.map(({ id, userAgent, ipAddress, createdAt, lastUsedAt, isCurrent }) => {
      const device = deviceIn(userAgent);
      const about = `${ipAddress ?? 'unknown address'}, since ${moment(createdAt)}, last used ${moment(lastUsedAt)}`;
      if (isCurrent) return entry(`${device}, this one`, about);
      const end = button('End', device, problem, async () => {
        await ask('mutation EndSession($id: ID!) { revokeSession(id: $id) { revokedSessions } }', { id });
        end.closest('li').remove();
        find('sessions').focus();
      });
      return entry(device, about, end);
    }),
  );
}

const browsers = { Edg: 'Edge', OPR: 'Opera', Firefox: 'Firefox', Chrome: 'Chrome', Safari: 'Safari' };
const systems = {
  Android: 'Android',
  iPhone: 'iPhone',
  iPad: 'iPad',
  Windows: 'Windows',
  Mac: 'macOS',
  Linux: 'Linux',
};

/** `Firefox on Linux` for the `User-Agent` of a browser; its beginning for that of a program. */
function deviceIn(userAgent) {
  const named = (names) => Object.entries(names).find(([word]) => userAgent?.includes(word))?.[1];
  const [browser, system] = [named(browsers), named(systems)];
  if (browser) return system ? `${browser} on ${system}` : browser;
  return userAgent?.slice(0, 60) ?? 'Unknown device';
}

const accountDocument = `query Account {
  me { fullName username email isEmailVerified hasSecondFactor }
  myOrganizations { id name }
  organization { id }
  mySessions { id userAgent ipAddress createdAt lastUsedAt isCurrent }
}`;
