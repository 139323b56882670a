import type { Variables } from '../../../platform/mail/mail.js';
import type { Letter } from './letter.js';

/**
 * The texts of the messages. Those about accounts repeat no name that somebody has typed, since anybody can have them
 * sent to anybody.
 */
export const verifyEmail = (link: string): Letter => ({
  subject: 'Confirm your e-mail address',
  heading: 'Welcome to Too Good CRM',
  paragraphs: ['Your account is ready. Please confirm that this e-mail address is yours.'],
  button: { label: 'Confirm address', link },
  notes: [
    'The link works once, within 24 hours.',
    'If you did not create an account, ignore this message: somebody mistyped an address.',
  ],
});

export const resetPassword = (link: string): Letter => ({
  subject: 'Choose a new password',
  heading: 'Choose a new password',
  paragraphs: [
    'Somebody, probably you, asked for a new password for the account with this e-mail address.',
    'Choosing one signs you out on all devices.',
  ],
  button: { label: 'Choose password', link },
  notes: [
    'The link works once, within 30 minutes.',
    'If it was not you, ignore this message: your password stays as it is.',
  ],
});

export const changeEmail = (link: string): Letter => ({
  subject: 'Confirm your new e-mail address',
  heading: 'Confirm your new e-mail address',
  paragraphs: [
    'You asked to use this e-mail address for your account from now on.',
    'You sign in with the new address as soon as you have confirmed it. Other devices are signed out.',
  ],
  button: { label: 'Confirm new address', link },
  notes: [
    'The link works once, within 24 hours.',
    'If it was not you, ignore this message: somebody mistyped an address.',
  ],
});

export const emailChangeRequested = ({ newEmail = '' }: Variables): Letter => ({
  subject: 'Your e-mail address is about to change',
  heading: 'Your e-mail address is about to change',
  paragraphs: [
    `Somebody who knows your password, probably you, asked to use ${newEmail} for your account from now on.`,
    'It changes only when the link in the message to the new address is opened.',
  ],
  notes: [
    'If it was you, there is nothing to do.',
    'If it was not you, change your password now: that also stops the change of the address.',
  ],
});

export const secondFactorAdded = (): Letter => ({
  subject: 'Signing in now needs a code',
  heading: 'Signing in now needs a code',
  paragraphs: [
    'Somebody who is signed in to your account, probably you, set up a second factor.',
    'From now on, signing in needs your password and a code from an app.',
  ],
  notes: [
    'If it was you, there is nothing to do.',
    'If it was not you, change your password now where you are still signed in, and ask the operator of the server ' +
      'to remove the second factor.',
  ],
});

/** Names that were typed by those who send an invitation. */
export interface Sides {
  organization_name: string;
  invited_by_name: string;
}

export const invitation = (link: string, { organization_name, invited_by_name }: Sides): Letter => {
  const organization = harmless(organization_name) ?? 'an organization';
  const inviter = harmless(invited_by_name) ?? 'Somebody';
  return {
    subject: `Invitation to join ${organization}`,
    heading: `You are invited to join ${organization}`,
    paragraphs: [
      `${inviter} invites you to work with ${organization} in Too Good CRM.`,
      'You join with the account that has this e-mail address. If there is none, you create it first.',
    ],
    button: { label: 'Open invitation', link },
    notes: [
      'The link is for this e-mail address only, and works within 7 days.',
      'If you do not know the sender, ignore this message: you join only if you accept.',
    ],
  };
};

/** By the reason for which a webhook was disabled. */
const disablings: Record<string, [cause: string, advice: string]> = {
  GONE: ['The receiver answered that it is gone (410).', 'If it is in use elsewhere, change the address.'],
  FAILING: ['Every delivery of the last three days failed.', 'Its deliveries show what the receiver answered.'],
  CURSOR_EXPIRED: [
    'The server no longer has all changes since the last one that was sent.',
    'When you enable it, it sends what changes from then on: let the receiving system read all records again.',
  ],
  SECRET_LOST: ['The server can no longer read its secret.', 'Give it another secret before you enable it.'],
};

export const webhookDisabled = ({ organization = '', host = '', reason = '' }: Variables): Letter => {
  const [cause, advice] = disablings[reason] ?? ['', ''];
  const owner = harmless(organization) ?? 'your organization';
  return {
    subject: `A webhook of ${owner} was disabled`,
    heading: `A webhook of ${owner} was disabled`,
    paragraphs: [`The server no longer sends changes to ${host}. ${cause}`.trim(), advice].filter(Boolean),
    notes: ['You get this message as an owner of the organization.'],
  };
};

/** A name, unless mail programs would make a link of it: anybody can have an invitation sent to anybody. */
const harmless = (name: string): string | null =>
  /\/\/|@|\.\p{L}{2,}/u.test(name) ? null : name.length > 80 ? `${name.slice(0, 79)}…` : name;
