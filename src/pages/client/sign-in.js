import { myOrganizations, signIn, signOut, whoAmI } from './server.js';
import { chooseOrganization, currentSession, endSession, onSessionChange, startSession, useToken } from './session.js';

const find = (id) => document.getElementById(id);

/**
 * Other tabs tell of a sign-out at once; of one that only the server knows, a page learns by asking. One in view asks
 * this often, and when it comes into view.
 */
const checkEvery = 15_000;

export function setUpSignIn() {
  onSessionChange(show);
  onSubmit(find('sign-in'), async ({ username, password }) => {
    startSession(await signIn(username, password));
  });
  onSubmit(find('paste'), ({ token }) => {
    useToken(token.trim().replace(/^Bearer\s+/i, ''));
  });
  find('sign-out').addEventListener('click', async () => {
    // It holds here, even if the server cannot be told.
    await signOut().catch(() => undefined);
    endSession();
  });
  find('organization').addEventListener('change', ({ target }) => chooseOrganization(target.value));
  addEventListener('focus', check);
  document.addEventListener('visibilitychange', check);
  setInterval(check, checkEvery);
  show();
  check();
}

/** Ends the session here if the server knows no more of it; without an answer nothing is known. */
function check() {
  if (currentSession() && !document.hidden) whoAmI().catch(() => undefined);
}

let shown;

function show(reason = '') {
  const session = currentSession();
  const wasSignedIn = !find('signed-in').hidden;
  find('signed-out').hidden = Boolean(session);
  find('signed-in').hidden = !session;
  complain(reason);
  if (shown !== session?.startedAt) {
    shown = session?.startedAt;
    find('organization').hidden = true;
    if (session)
      introduce(session).catch(({ message }) => {
        // An ended session has told so itself.
        if (isCurrent(session)) complain(message);
      });
  } else if (session?.organizationId) find('organization').value = session.organizationId;
  // Signing out from the keyboard must not throw the reader back to the top; an expiry must not steal the focus.
  if (wasSignedIn && !session && !reason) find('username').focus();
}

const isCurrent = ({ startedAt }) => currentSession()?.startedAt === startedAt;

/** Says who is signed in, and offers the organizations of those who have several. */
async function introduce(session) {
  find('who').textContent = session.name ?? 'Checking the token…';
  if (!session.name) {
    const { fullName } = await whoAmI();
    if (isCurrent(session)) find('who').textContent = `${fullName}, by a pasted token`;
  }
  const { myOrganizations: all, organization } = await myOrganizations();
  if (!isCurrent(session)) return;
  const choice = find('organization');
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

function complain(message) {
  find('complaint').textContent = message;
}
