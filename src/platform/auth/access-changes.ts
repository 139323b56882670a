/** The tables from which the rights of viewers follow. */
export interface AccessTables {
  /** A changed row concerns the members of its organization. */
  organization: readonly string[];
  /** A changed row may concern anybody. */
  everybody: readonly string[];
  /** Functions that write to the tables for everybody and are called within mutations. */
  writers: readonly string[];
}

/** Tells whose rights the statements of a transaction may have changed. */
export class AccessChanges {
  private readonly ofOrganization: RegExp;
  private readonly ofEverybody: RegExp;
  private readonly calls: RegExp;

  constructor({ organization, everybody, writers }: AccessTables) {
    this.ofOrganization = writesTo(organization);
    this.ofEverybody = writesTo(everybody);
    this.calls = new RegExp(String.raw`\b(?:${writers.join('|')})\s*\(`);
  }

  /** Null if they are nobody's. */
  concernedBy(statements: Iterable<string>): 'organization' | 'everybody' | null {
    let concerned: 'organization' | null = null;
    for (const text of statements) {
      if (this.ofEverybody.test(text) || this.calls.test(text)) return 'everybody';
      if (this.ofOrganization.test(text)) concerned = 'organization';
    }
    return concerned;
  }
}

const writesTo = (tables: readonly string[]): RegExp =>
  new RegExp(String.raw`\b(?:insert\s+into|update|delete\s+from|merge\s+into)\s+"?(?:${tables.join('|')})\b`, 'i');
