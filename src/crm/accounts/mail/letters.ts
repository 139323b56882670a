import type { Variables } from '../../../platform/mail/mail.js';
import type { Letter } from './letter.js';

/**
 * The texts of the messages about accounts. They repeat no name that somebody has typed, since anybody can have them
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
