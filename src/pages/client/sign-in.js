import { find } from './element.js';
import { onSubmit } from './form.js';
import { beginSignIn, completeSignIn, myOrganizations, signOut, whoAmI } from './server.js';
import {
  chooseOrganization,
  currentSession,
  endSession,
  isCurrent,
  onSessionChange,
  startSession,
  useToken,
} from './session.js';

/**
 * Milliseconds between checks whether the session has ended on the server. Only a visible page checks, and also when it
 * becomes visible. A sign-out in another tab needs no check, since storage events report it.
 */
const checkEvery = 15_000;

const stillOpen =
  'You are signed out in this browser, but the server did not answer: the session may still be open there. Sign in ' +
  'again to end it on the page of your account.';

export function setUpSignIn() {
  onSessionChange(show);
  whenSent('sign-in', async ({ username, password }) => {
    const answer = await beginSignIn(username, password);
    if (answer.ticket) askForCode(answer.ticket);
    else begin(answer);
  });
  whenSent('second-factor', async ({ code }) => begin(await completeSignIn(ticket, code)));
  find('start-again').addEventListener('click', () => {
    complain('');
    askForCode(null);
    find('username').focus();
  });
  whenSent('paste', async ({ token }) => {
    useToken(token.trim().replace(/^Bearer\s+/i, ''));
    find('sign-out').focus();
  });
  find('sign-out').addEventListener('click', async () => {
    // The page signs out even if the server cannot be reached.
    endSession((await signOut()) ? '' : stillOpen);
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
  if (session) askForCode(null);
  complain(reason);
  const isOther = shown !== session?.startedAt;
  shown = session?.startedAt;
  if (isOther) find('organization').hidden = true;
  if (session && (isOther || !isOffered(session.organizationId)))
    introduce(session).catch(({ message }) => {
      // If the session has ended, that has been shown already.
      if (isCurrent(session)) complain(message);
    });
  else if (session) find('organization').value = session.organizationId;
  // After a sign-out by keyboard, the focus stays near the button; after an expiry, it stays where the user is working.
  if (wasSignedIn && !session && !reason) find('username').focus();
}

/** Whether an organization is among the choices; one that somebody has just joined is not yet. */
const isOffered = (organizationId) => [...find('organization').options].some(({ value }) => value === organizationId);

/** Shows the name of the signed-in user, and a choice of organizations if there are several. */
async function introduce(session) {
  find('who').textContent = session.name ?? 'Checking the token…';
  if (!session.name) {
    const user = await whoAmI();
    if (isCurrent(session)) find('who').textContent = user ? `${user.fullName}, by a pasted token` : 'An API key';
  }
  const { myOrganizations: all, organization } = await myOrganizations();
  if (!isCurrent(session)) return;
  const choice = find('organization');
  choice.replaceChildren(
    ...all.map(({ id, name }) => new Option(name, id, id === organization?.id, id === organization?.id)),
  );
  choice.hidden = all.length < 2;
}

const whenSent = (id, use) =>
  onSubmit(
    find(id),
    (values) =>
      use(values).catch((error) => {
        if (error.reason !== 'TICKET_INVALID') throw error;
        askForCode(null);
        throw new Error('Start again with your password: five codes were wrong, or five minutes are over.');
      }),
    complain,
  );

/** The ticket that a right password has given, to exchange with a code; in this tab only. */
let ticket = null;

/** Shows the form for the code in place of that for the password; null brings the latter back. */
function askForCode(given) {
  ticket = given;
  find('second-factor').hidden = !given;
  find('sign-in').hidden = Boolean(given);
  find('paste').hidden = Boolean(given);
  find('second-factor').reset();
  if (given) find('code').focus();
}

function begin(signedIn) {
  startSession(signedIn);
  // The form that had the focus is hidden now.
  find('sign-out').focus();
}

function complain(message) {
  find('complaint').textContent = message;
}
