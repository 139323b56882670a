const separator = '; ';

/** Lists nested more deeply are details of a figure, such as its amounts in other currencies. */
const deepest = 3;

/**
 * Turns rows of an answer into a table. Nested objects become columns such as `customer.name`, and lists are joined.
 * The keys of a group get separate columns, since they are its coordinates.
 */
export function tableOf(rows) {
  const records = rows.map(flat);
  const paths = leavesOf(records);
  return {
    columns: paths.map((path) => path || 'value'),
    rows: records.map((record) => paths.map((path) => record.get(path) ?? null)),
  };
}

/**
 * The lists of an answer that are not inside a list of several items: their path, their rows, and whether they are
 * paged.
 */
export function listsOf(value, path = []) {
  if (path.filter((step) => typeof step === 'string').length > deepest) return [];
  if (Array.isArray(value)) {
    if (!value.length) return [];
    const list = { path, rows: value, isPaged: false };
    if (value.length > 1) return [list];
    const inner = listsOf(value[0], [...path, 0]).filter(({ isPaged }) => isPaged);
    // If nothing else was selected of a single group, people want its rows.
    return Object.keys(value[0] ?? {}).length === 1 ? [...inner, list] : [list, ...inner];
  }
  if (value === null || typeof value !== 'object') return [];
  const { list, rest } = connectionOf(value);
  if (list) return list.length ? [{ path, rows: list, isPaged: true }] : [];
  return Object.entries(rest).flatMap(([name, part]) => listsOf(part, [...path, name]));
}

/** The rows of a connection (null if the value is not a connection), and its other fields. */
export function connectionOf(value) {
  const { nodes, edges, ...rest } = value;
  if (Array.isArray(nodes)) return { list: nodes, rest };
  if (Array.isArray(edges)) return { list: edges.map(({ node }) => node), rest };
  return { list: null, rest: value };
}

/** Values by the path of their column, in the order of the selection; a primitive value has the empty path. */
function flat(value) {
  if (Array.isArray(value)) return joined(value.map(flat));
  if (value === null || typeof value !== 'object') return new Map([['', value]]);
  const { list, rest } = connectionOf(value);
  const record = new Map(list && joined(list.map(flat)));
  for (const [name, part] of Object.entries(rest)) {
    if (name === 'pageInfo') continue;
    const below = name === 'keys' && Array.isArray(part) && part.length > 1 ? numbered(part) : flat(part);
    for (const [path, cell] of below) record.set(path ? `${name}.${path}` : name, cell);
  }
  return record;
}

function joined(records) {
  const cells = leavesOf(records).map((path) => [
    path,
    records.map((record) => record.get(path) ?? '').join(separator),
  ]);
  return new Map(cells.length ? cells : [['', null]]);
}

const numbered = (list) =>
  list.flatMap((part, place) =>
    [...flat(part)].map(([path, cell]) => [path ? `${place + 1}.${path}` : place + 1, cell]),
  );

/** All paths in the records. `customer` is left out if it is null in one record and has `customer.name` in another. */
function leavesOf(records) {
  if (!records.length) return [];
  const tree = new Map();
  for (const record of records)
    for (const path of record.keys()) {
      let at = tree;
      for (const step of path ? String(path).split('.') : []) {
        if (!at.has(step)) at.set(step, new Map());
        at = at.get(step);
      }
    }
  return leaves(tree, '');
}

const leaves = (tree, path) =>
  tree.size ? [...tree].flatMap(([step, below]) => leaves(below, path ? `${path}.${step}` : step)) : [path];
