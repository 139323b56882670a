import { setUpSignIn } from '../sign-in.js';
import { setUpInvitation } from './invitation.js';
import { setUpConfirmation } from './link.js';
import { setUpOverview } from './overview.js';
import { setUpReset } from './reset.js';

/** A link that a mail program has shortened lacks its token: the server then refuses the empty one. */
const token = new URLSearchParams(location.search).get('token') ?? '';

const setUp = {
  '/account': setUpOverview,
  '/reset': () => setUpReset(token),
  '/verify': () =>
    setUpConfirmation(
      'mutation Verify($token: String!) { done: verifyEmail(token: $token) { email } }',
      token,
      'is confirmed',
    ),
  '/change-email': () =>
    setUpConfirmation(
      'mutation ChangeEmail($token: String!) { done: confirmEmailChange(token: $token) { email } }',
      token,
      'is your address now',
    ),
  '/invitation': () => setUpInvitation(token),
};

setUpSignIn();
setUp[location.pathname]();
