/*
 * A link to a query is the explorer's address with the query in its fragment, which browsers send to no server. Whoever
 * opens it finds the editor filled; it holds no headers, and nothing runs by itself.
 */

/** The address of the explorer at `page` with a query in its editor. */
export function linkTo(page, { query, variables }) {
  const parts = new URLSearchParams({ query });
  if (variables?.trim()) parts.set('variables', variables);
  return `${new URL('/', page).href}#${parts}`;
}

/** The query and variables, as texts, of an address with a query; null of any other. */
export function linkedQuery(address) {
  const parts = new URLSearchParams(new URL(address).hash.slice(1));
  const query = parts.get('query');
  return query ? { query, variables: parts.get('variables') ?? '' } : null;
}
