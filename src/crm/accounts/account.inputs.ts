import { Email, Mailbox, Name, NewPassword, Phone, Text, Url, Username } from '../../platform/records/decorators.js';
import { Input, type InputFault } from '../../platform/records/inputs.js';

/** Whether a password is the e-mail address or the username, which others know. */
export function isKnown(password: string, names: string[]): boolean {
  const same = (text: string) => text.normalize('NFC').toLowerCase();
  return names.some((name) => same(name) === same(password));
}

/** Refuses a password that equals the e-mail address or the username. */
export function nameFaults(path: string, password: string, names: string[]): InputFault[] {
  return isKnown(password, names)
    ? [{ path, code: 'NOT_ALLOWED', message: 'must not be the e-mail address or the username' }]
    : [];
}

/** Composed and decomposed letters are equal. */
const isSame = (a: string, b: string) => a.normalize('NFC') === b.normalize('NFC');

function differs(path: string, repeated: string | null | undefined, password: string): InputFault[] {
  if (repeated == null || isSame(repeated, password)) return [];
  return [{ path, code: 'INVALID', message: 'differs from the password' }];
}

function newAccount({ email, username, password, passwordConfirm }: RegisterInput): InputFault[] {
  return [
    ...nameFaults('password', password, [email, username]),
    ...differs('passwordConfirm', passwordConfirm, password),
  ];
}

function newPassword({ oldPassword, newPassword: password, newPasswordConfirm }: ChangePasswordInput): InputFault[] {
  return [
    ...(isSame(password, oldPassword)
      ? [{ path: 'newPassword', code: 'INVALID', message: 'must differ from the current password' } as const]
      : []),
    ...differs('newPasswordConfirm', newPasswordConfirm, password),
  ];
}

@Input('A new user account.', newAccount)
export class RegisterInput {
  @Mailbox({ description: 'E-mail address; CONFLICT `EMAIL_TAKEN` if another user has it.', required: true })
  email!: string;

  @Username({
    description: 'Name to sign in with, 3–30 characters; CONFLICT `USERNAME_TAKEN` if another user has it.',
    required: true,
  })
  username!: string;

  @NewPassword({ description: 'Password of 8–128 characters, other than e-mail address and username.' })
  password!: string;

  @Text({
    description: 'Repetition of the password; if given, it must be equal.',
    max: 128,
    trim: false,
    nullable: true,
  })
  passwordConfirm?: string | null;

  @Name({ description: 'First name, at most 100 characters.', max: 100, nullable: true })
  firstName?: string | null;

  @Name({ description: 'Last name, at most 100 characters.', max: 100, nullable: true })
  lastName?: string | null;

  @Phone({ description: 'Phone number with 7–15 digits.' })
  phone?: string | null;

  @Url({ description: 'URL of a picture of the user, http or https.', nullable: true })
  profileImage?: string | null;

  @Name({
    description: 'Name of an organization to create as well, owned by the new user; none if blank.',
    max: 255,
    nullable: true,
  })
  organizationName?: string | null;

  @Text({
    description:
      'Token from the link of an invitation to this e-mail address, which the new user accepts by it; the address ' +
      'then counts as confirmed. FORBIDDEN `NOT_INVITED` if the invitation is for another address.',
    max: 255,
    trim: false,
    nullable: true,
  })
  invitationToken?: string | null;
}

@Input('The credentials of a user.')
export class LoginInput {
  @Text({ description: 'Username, or e-mail address if it contains `@`.', max: 255, required: true })
  username!: string;

  @Text({ description: 'Password of the user.', max: 128, trim: false, required: true })
  password!: string;

  @Text({
    description:
      'The `deviceToken` of an earlier sign-in on this device, so that failed sign-ins elsewhere do not make the ' +
      'user wait here; others are ignored.',
    max: 255,
    trim: false,
    nullable: true,
  })
  deviceToken?: string | null;
}

@Input("A change of the caller's own password.", newPassword)
export class ChangePasswordInput {
  @Text({ description: 'The current password of the caller.', max: 128, trim: false, required: true })
  oldPassword!: string;

  @NewPassword({ description: 'New password of 8–128 characters, different from the current one.' })
  newPassword!: string;

  @Text({
    description: 'Repetition of the new password; if given, it must be equal.',
    max: 128,
    trim: false,
    nullable: true,
  })
  newPasswordConfirm?: string | null;
}

@Input("A new e-mail address for the caller's account.")
export class RequestEmailChangeInput {
  @Mailbox({ description: 'The new e-mail address, to which the message goes.', required: true })
  newEmail!: string;

  @Text({ description: 'The current password of the caller.', max: 128, trim: false, required: true })
  password!: string;
}

@Input('The account of which the password was forgotten.')
export class RequestPasswordResetInput {
  @Email({ description: 'E-mail address of the account.', required: true })
  email!: string;
}

@Input('A new password, and the token that allows to set it.')
export class ResetPasswordInput {
  @Text({ description: 'Token from the link of the message.', max: 255, trim: false, required: true })
  token!: string;

  @NewPassword({
    description: 'New password of 8–128 characters, other than the current one, e-mail address and username.',
  })
  newPassword!: string;
}
