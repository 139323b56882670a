import { element, find } from '../element.js';
import { demandSame } from '../form.js';
import { askUnsigned } from '../server.js';
import { currentSession, endSession } from '../session.js';
import { submits } from './submits.js';

/** Without a token, the page sends the message with the link; with one, it sets the password. */
export function setUpReset(token) {
  find(token ? 'choosing' : 'asking').hidden = false;
  submits('ask', async ({ email }) => {
    await askUnsigned(askDocument, { email });
    done('ask', `If an account has the address ${email}, a message is on its way. Its link works for 30 minutes.`);
  });
  submits('choose', async ({ newPassword, again }) => {
    demandSame(newPassword, again);
    await askUnsigned(resetDocument, { token, newPassword });
    if (currentSession()) endSession();
    done('choose', 'Your password is changed, and you are signed out everywhere. Sign in above with the new one.');
    find('username').focus();
  });
}

/** Replaces a form by what came of it. */
function done(id, text) {
  find(id).replaceWith(element('p', { role: 'status' }, text));
}

const askDocument = `mutation AskForLink($email: String!) {
  requestPasswordReset(input: { email: $email }) { accepted }
}`;

const resetDocument = `mutation SetPassword($token: String!, $newPassword: String!) {
  resetPassword(input: { token: $token, newPassword: $newPassword }) { revokedSessions }
}`;
