import { signIn } from './server.js';
import { currentSession, endSession, onSessionChange, startSession } from './session.js';

const find = (id) => document.getElementById(id);

export function setUpSignIn() {
  onSessionChange(show);
  onSubmit(find('sign-in'), async ({ username, password }) => {
    startSession({ token: await signIn(username, password), name: username });
  });
  onSubmit(find('paste'), ({ token }) => {
    startSession({ token: token.trim().replace(/^Bearer\s+/i, '') });
  });
  find('sign-out').addEventListener('click', () => endSession());
  show();
}

function onSubmit(form, use) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    complain('');
    try {
      await use(Object.fromEntries(new FormData(form)));
      form.reset();
      // The form and the focus in it have just been hidden.
      find('sign-out').focus();
    } catch (error) {
      complain(error.message);
    } finally {
      button.disabled = false;
    }
  });
}

function show(reason = '') {
  const session = currentSession();
  const wasSignedIn = !find('signed-in').hidden;
  find('signed-out').hidden = Boolean(session);
  find('signed-in').hidden = !session;
  find('who').textContent = session && (session.name ? `Signed in as ${session.name}` : 'Using the pasted token');
  complain(reason);
  // Signing out from the keyboard must not throw the reader back to the top; an expiry must not steal the focus.
  if (wasSignedIn && !session && !reason) find('username').focus();
}

function complain(message) {
  find('complaint').textContent = message;
}
