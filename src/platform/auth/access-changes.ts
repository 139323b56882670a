/**
 * The tables that `request_viewer` reads, by those whom a changed row concerns: members of its organization, or all.
 */
export const accessTables = {
  organization: ['employees', 'organizations', 'permissions', 'role_permissions', 'roles', 'user_roles'],
  // A user may be a member of several organizations, and these decide which of them is active.
  everybody: ['memberships', 'sessions', 'user_profiles', 'user_secrets', 'users'],
} as const;

/** Functions that write to these tables of their own accord and are called within mutations. */
export const accessWriters = ['hand_over_primary_profile'] as const;

export type Concerned = keyof typeof accessTables;

const wordsOf = (concerned: Concerned): RegExp => {
  const tables = accessTables[concerned].join('|');
  return new RegExp(String.raw`\b(?:insert\s+into|update|delete\s+from|merge\s+into)\s+"?(?:${tables})\b`, 'i');
};

const writes = { organization: wordsOf('organization'), everybody: wordsOf('everybody') };
const calls = new RegExp(String.raw`\b(?:${accessWriters.join('|')})\s*\(`);

/** Those whose rights the statements of a transaction may have changed; null if they are nobody's. */
export function concernedBy(statements: Iterable<string>): Concerned | null {
  let concerned: Concerned | null = null;
  for (const text of statements) {
    if (writes.everybody.test(text) || calls.test(text)) return 'everybody';
    if (writes.organization.test(text)) concerned = 'organization';
  }
  return concerned;
}
