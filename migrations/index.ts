import { AccountsAndOrganizations } from './0001-accounts-and-organizations.js';
import { Customers } from './0002-customers.js';
import { Functions } from './0003-functions.js';
import { Sales } from './0004-sales.js';
import { SalesFunctions } from './0005-sales-functions.js';
import { IdempotencyKeys } from './0006-idempotency-keys.js';
import { ExternalIds } from './0007-external-ids.js';
import { ManyCodes } from './0008-many-codes.js';
import { References } from './0009-references.js';
import { Texts } from './0010-texts.js';
import { Zones } from './0011-zones.js';
import { Accounts } from './0012-accounts.js';
import { Backups } from './0013-backups.js';
import { Rights } from './0014-rights.js';
import { Snapshots } from './0015-snapshots.js';
import { OneKey } from './0016-one-key.js';
import { KeptAnswers } from './0017-kept-answers.js';
import { SecretsApart } from './0018-secrets-apart.js';
import { OwnQuestions } from './0019-own-questions.js';
import { LaterColumns } from './0020-later-columns.js';
import { MailAndTokens } from './0022-mail-and-tokens.js';
import { SecondFactor } from './0025-second-factor.js';

/** The migrations in the order in which they run. The SQL of a released migration never changes. */
export const migrations = [
  { name: '0001-accounts-and-organizations', class: AccountsAndOrganizations },
  { name: '0002-customers', class: Customers },
  { name: '0003-functions', class: Functions },
  { name: '0004-sales', class: Sales },
  { name: '0005-sales-functions', class: SalesFunctions },
  { name: '0006-idempotency-keys', class: IdempotencyKeys },
  { name: '0007-external-ids', class: ExternalIds },
  { name: '0008-many-codes', class: ManyCodes },
  { name: '0009-references', class: References },
  { name: '0010-texts', class: Texts },
  { name: '0011-zones', class: Zones },
  { name: '0012-accounts', class: Accounts },
  { name: '0013-backups', class: Backups },
  { name: '0014-rights', class: Rights },
  { name: '0015-snapshots', class: Snapshots },
  { name: '0016-one-key', class: OneKey },
  { name: '0017-kept-answers', class: KeptAnswers },
  { name: '0018-secrets-apart', class: SecretsApart },
  { name: '0019-own-questions', class: OwnQuestions },
  { name: '0020-later-columns', class: LaterColumns },
  { name: '0022-mail-and-tokens', class: MailAndTokens },
  { name: '0025-second-factor', class: SecondFactor },
];
