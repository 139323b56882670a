import { myOrganizations, signIn, signOut } from './server.js';
import { chooseOrganization, currentSession, endSession, onSessionChange, startSession, useToken } from './session.js';

const find = (id) => document.getElementById(id);

export function setUpSignIn() {
  onSessionChange(show);
  onSubmit(find('sign-in'), async ({ username, password }) => {
    startSession(await signIn(username, password));
  });
  onSubmit(find('paste'), ({ token }) => {
    useToken(token.trim().replace(/^Bearer\s+/i, ''));
  });
  find('sign-out').addEventListener('click', async () => {
    // Whoever signs out is out, also where the server cannot be told.
    await signOut().catch(() => undefined);
    endSession();
  });
  find('organization').addEventListener('change', ({ target }) => chooseOrganization(target.value));
  show();
}

/** Offers the organizations of those who have several. */
async function offerOrganizations(session) {
  const choice = find('organization');
  const { myOrganizations: all, organization } = await myOrganizations();
  if (currentSession()?.token !== session.token) return;
  choice.replaceChildren(
    ...all.map(({ id, name }) => new Option(name, id, id === organization?.id, id === organization?.id)),
  );
  choice.hidden = all.length < 2;
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
  if (!session) find('organization').hidden = true;
  else if (find('organization').hidden) offerOrganizations(session).catch(({ message }) => complain(message));
  // Signing out from the keyboard must not throw the reader back to the top; an expiry must not steal the focus.
  if (wasSignedIn && !session && !reason) find('username').focus();
}

function complain(message) {
  find('complaint').textContent = message;
}
