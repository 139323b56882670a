/*
 * A link to a query is the explorer's URL with the query in its fragment, which browsers never send to a server. It
 * fills the editor, contains no headers, and runs nothing by itself.
 */

/** The URL of the explorer on the server of `page`, with a query for its editor. */
export function linkTo(page, { query, variables }) {
  const parts = new URLSearchParams({ query });
  if (variables?.trim()) parts.set('variables', variables);
  return `${new URL('/', page).href}#${parts}`;
}

/** The texts of the query and variables in a URL; null if it contains no query. */
export function linkedQuery(address) {
  const parts = new URLSearchParams(new URL(address).hash.slice(1));
  const query = parts.get('query');
  return query ? { query, variables: parts.get('variables') ?? '' } : null;
}
