import { element, find } from '../element.js';
import { demandSame } from '../form.js';
import { ask, askUnsigned, register, whoAmI } from '../server.js';
import { chooseOrganization, currentSession, isCurrent, onSessionChange, startSession } from '../session.js';
import { presses, submits } from './submits.js';

let invitation;
const gone = 'This invitation is not valid any more. Ask for another one.';

export async function setUpInvitation(token) {
  const problem = find('problem');
  submits('register', async ({ newPassword, again, ...account }) => {
    demandSame(newPassword, again);
    const filled = Object.entries(account).filter(([, value]) => value.trim());
    startSession(await register({ ...Object.fromEntries(filled), password: newPassword, invitationToken: token }));
    const { organization } = await ask('query Joined { organization { id name } }');
    joined(organization);
  });
  presses(find('accept'), problem, async () =>
    joined((await ask(acceptDocument, { token })).acceptInvitation.organization),
  );
  presses(find('decline'), problem, async () => {
    await askUnsigned(declineDocument, { token });
    end(`You have declined to join ${invitation.organizationName}.`);
  });
  try {
    ({ invitation } = await askUnsigned(invitationDocument, { token }));
  } catch ({ message, reason }) {
    // Answered, revoked, expired, or cut off by a mail program: the server does not tell which.
    return end(reason === 'TOKEN_NOT_USABLE' ? gone : message);
  }
  if (!invitation) return end(gone);
  const { organizationName, invitedByName, expiresAt } = invitation;
  const until = new Date(expiresAt).toLocaleDateString('en', { dateStyle: 'long' });
  find('about').textContent = `${invitedByName} invites you to join ${organizationName}, until ${until}.`;
  find('decline').hidden = false;
  onSessionChange(show);
  void show();
}

/** Those who are signed in accept as themselves; others register or sign in. */
async function show() {
  if (!invitation) return;
  const session = currentSession();
  find('joining').hidden = !session;
  find('register').hidden = Boolean(session);
  if (!session) return;
  find('as').textContent = '';
  const user = await whoAmI().catch(() => ({ fullName: session.name }));
  if (!isCurrent(session)) return;
  find('as').textContent = user
    ? `You are signed in as ${user.fullName}.`
    : 'An API key cannot accept it. Sign out, then sign in with your password.';
  find('accept').hidden = !user;
}

function joined({ id, name }) {
  chooseOrganization(id);
  end(`You are a member of ${name} now.`);
  find('about').append(' ', element('a', { href: '/dashboard' }, 'Open it'));
}

function end(text) {
  invitation = null;
  for (const part of ['joining', 'register', 'decline']) find(part).hidden = true;
  find('about').textContent = text;
}

const invitationDocument = `query Invitation($token: String!) {
  invitation(token: $token) { organizationName invitedByName expiresAt }
}`;

const acceptDocument = `mutation Accept($token: String!) {
  acceptInvitation(token: $token) { organization { id name } }
}`;

const declineDocument = `mutation Decline($token: String!) {
  declineInvitation(token: $token) { id }
}`;
