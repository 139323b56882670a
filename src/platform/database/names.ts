/** Names of the product's database and roles. */
export interface DatabaseNames {
  /** The database in the embedded PostgreSQL. */
  database: string;
  /** The role that owns and migrates the database. */
  owner: string;
  /** The role that serves requests; row-level security applies to it. */
  serving: string;
  /** The role that owns the SECURITY DEFINER functions, which bypass row-level security; it cannot log in. */
  definer: string;
}
