/** What the product calls its database and the roles there. */
export interface DatabaseNames {
  /** The database in the embedded PostgreSQL. */
  database: string;
  /** Owns and migrates it. */
  owner: string;
  /** Serves requests; row-level security binds it. */
  serving: string;
  /** Owns the functions that look further than their caller may; nobody logs in as it. */
  definer: string;
}
