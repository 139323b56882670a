import { type Page, renderPage } from './page.js';

const newPassword = `
          <label>
            New password
            <input name="newPassword" type="password" required minlength="8" maxlength="128"
              autocomplete="new-password" aria-describedby="password-rule">
          </label>
          <p id="password-rule" class="quiet">At least 8 characters, other than your name and address.</p>
          <label>
            Repeat the new password
            <input name="again" type="password" required maxlength="128" autocomplete="new-password">
          </label>`;

const email = `
          <label>
            E-mail address <input name="email" type="email" required maxlength="255" autocomplete="email">
          </label>`;

const code = (label: string, describedBy = '') => `
          <label>
            ${label}
            <input name="code" required maxlength="50" autocomplete="one-time-code" autocapitalize="none"
              spellcheck="false"${describedBy && ` aria-describedby="${describedBy}"`}>
          </label>`;

/** A card with a form; `client/account` sends it and shows in its paragraph what came of it. */
const form = (id: string, fields: string, button: string, hidden = false): string => `
        <form id="${id}"${hidden ? ' hidden' : ''}>${fields}
          <button>${button}</button>
          <p class="problem" role="alert"></p>
        </form>`;

const card = (title: string, content: string, id = ''): string => `
      <section class="card"${id && ` id="${id}" hidden`}>
        <h2>${title}</h2>${content}
      </section>`;

/** A page that a link of a message opens, and that does what the message is about once somebody presses its button. */
const pressed = (title: string, about: string, button: string): string =>
  card(title, `\n        <p id="about">${about}</p>${form('press', '', button)}`);

const reset = `${card(
  'Forgot your password?',
  `
        <p>We send you a link to choose a new one.</p>${form('ask', email, 'Send the link')}`,
  'asking',
)}${card('Choose a new password', form('choose', newPassword, 'Change the password'), 'choosing')}`;

const invitation = card(
  'Invitation',
  `
        <p id="about" role="status">Looking for the invitation …</p>
        <div id="joining" hidden>
          <p id="as"></p>
          <div class="buttons"><button id="accept" type="button">Accept</button></div>
        </div>
        <form id="register" hidden>
          <p>You have an account? Sign in above, then accept. Otherwise create one:</p>${email}
          <label>
            Username
            <input name="username" required minlength="3" maxlength="30" autocomplete="username" autocapitalize="none"
              spellcheck="false">
          </label>
          <label>First name <input name="firstName" maxlength="100" autocomplete="given-name"></label>
          <label>Last name <input name="lastName" maxlength="100" autocomplete="family-name"></label>${newPassword}
          <button>Create the account and join</button>
          <p class="problem" role="alert"></p>
        </form>
        <button id="decline" type="button" class="quiet-button" hidden>Decline the invitation</button>
        <p id="problem" class="problem" role="alert"></p>`,
);

const secondFactor = card(
  'Second factor',
  `
        <p id="factor-state" role="status"></p>
        <button id="begin" type="button" hidden>Set up</button>
        <div id="secret" hidden>
          <p>Scan this with an app for codes, or enter the key there. Then enter the code that the app shows.</p>
          <div id="qr"></div>
          <p><a id="uri">Open in an app on this device</a></p>
          <p>Key: <code id="key"></code></p>
        </div>${form('confirm', code('Code of the app'), 'Turn on', true)}
        <div id="recovery" hidden>
          <p>Keep these recovery codes where you find them without your phone. Each one replaces a code, once. They are
            not shown again.</p>
          <ul id="codes"></ul>
          <button id="save-codes" type="button">Download</button>
        </div>
        <details id="removal" hidden>
          <summary>Turn it off</summary>${form(
            'remove',
            `
          <label>
            Password <input name="password" type="password" required maxlength="128" autocomplete="current-password">
          </label>${code('Code of the app, or a recovery code')}`,
            'Turn off',
          )}
        </details>
        <p id="factor-problem" class="problem" role="alert"></p>`,
);

const account = `<p id="note" class="note" role="status">Sign in above to see your account.</p>
      <div id="account" hidden>${[
        card(
          'You',
          `
        <p id="you"></p>
        <button id="resend" type="button" hidden>Send the link again</button>
        <p id="you-note" role="status"></p>`,
        ),
        card(
          'Invitations to you',
          `
        <ul id="invitations" class="entries"></ul>
        <p id="invitations-problem" class="problem" role="alert"></p>`,
          'invited',
        ),
        card('Your organizations', '\n        <ul id="organizations" class="entries"></ul>'),
        card(
          'Where you are signed in',
          `
        <ul id="sessions" class="entries" tabindex="-1"></ul>
        <p id="sessions-problem" class="problem" role="alert"></p>`,
        ),
        secondFactor,
      ].join('')}
      </div>`;

/** Pages about the visitor's own account, by their paths. Links of messages lead to all but the first. */
export function accountPages(endpoint: string): Record<string, string> {
  const page = (title: string, main: string) =>
    renderPage({
      title,
      link: { href: '/dashboard', text: 'Dashboard' },
      more: '<a href="/">API explorer</a>',
      assets: 'account',
      handOver: { endpoint } satisfies Page['handOver'],
      main: `<main class="cards">
      <noscript><p class="note">This page needs JavaScript.</p></noscript>
      ${main}
    </main>`,
    });
  return {
    '/invitation': page('Invitation', invitation),
    '/account': page('Your account', account),
    '/reset': page('New password', reset),
    '/verify': page(
      'Confirm your address',
      pressed('Is this your address?', 'We sent a message to that address. Press the button to confirm it.', 'Confirm'),
    ),
    '/change-email': page(
      'New address',
      pressed('Change your address', 'From then on, you sign in with the new address.', 'Change the address'),
    ),
  };
}
