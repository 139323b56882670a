import { myOrganizations, signIn, signOut, whoAmI } from './server.js';
import { chooseOrganization, currentSession, endSession, onSessionChange, startSession, useToken } from './session.js';

const find = (id) => document.getElementById(id);

/**
 * Milliseconds between checks whether the session has ended on the server. Only a visible page checks, and also when it
 * becomes visible. A sign-out in another tab needs no check, since storage events report it.
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
    // The page signs out even if the server cannot be reached.
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

/** Ends the session if the server refuses it; without an answer, it stays. */
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
        // If the session has ended, that has been shown already.
        if (isCurrent(session)) complain(message);
      });
  } else if (session?.organizationId) find('organization').value = session.organizationId;
  // After a sign-out by keyboard, the focus stays near the button; after an expiry, it stays where the user is working.
  if (wasSignedIn && !session && !reason) find('username').focus();
}

const isCurrent = ({ startedAt }) => currentSession()?.startedAt === startedAt;

/** Shows the name of the signed-in user, and a choice of organizations if there are several. */
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
      // The form that had the focus is hidden now.
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
