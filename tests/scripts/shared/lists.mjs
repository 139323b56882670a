import { gql } from 'graphql-request';
import { Usage } from './command.mjs';

const typeRef = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }';

const Lists = gql`
  query Lists {
    __type(name: "Query") {
      fields { name args { name type { ${typeRef} } } type { ${typeRef} } }
    }
  }
`;

const Type = gql`
  query Type($name: String!) {
    __type(name: $name) {
      fields { name args { type { kind } } type { ${typeRef} } }
    }
  }
`;

const innermost = (type) => (type.ofType ? innermost(type.ofType) : type);
const isList = (type) => type.kind === 'LIST' || Boolean(type.ofType && isList(type.ofType));
const isLeaf = (type) => ['SCALAR', 'ENUM'].includes(innermost(type).kind);
const written = ({ kind, name, ofType }) =>
  kind === 'LIST' ? `[${written(ofType)}]` : kind === 'NON_NULL' ? `${written(ofType)}!` : name;

/** A list of the API with the fields that are asked of its rows, as the API itself describes them. */
export class List {
  #types = new Map();

  /** `paths` are fields such as `customer.name`; without them all fields that hold no other record. */
  static async find(api, name, paths) {
    const list = new List();
    const { __type: query } = await api.send(Lists);
    const lists = query.fields.filter(({ args, type }) => type.name?.endsWith('Connection') && args.some(isAfter));
    const found = lists.find((field) => field.name === name);
    if (!found) throw new Usage(`There is no list "${name}", but ${listed(lists.map((field) => field.name))}`);
    const nodes = (await list.#fieldsOf(api, found.type.name)).find((field) => field.name === 'nodes');
    const row = innermost(nodes.type).name;
    const all = (await list.#fieldsOf(api, row)).filter((field) => isLeaf(field.type) && isFree(field));
    list.isChosen = Boolean(paths);
    list.paths = paths ?? all.map((field) => field.name);
    Object.assign(list, { name, args: new Map(found.args.map((arg) => [arg.name, written(arg.type)])) });
    for (const path of list.paths) await list.#check(api, row, path.split('.'), path);
    return list;
  }

  async #fieldsOf(api, type) {
    if (!this.#types.has(type)) this.#types.set(type, (await api.send(Type, { name: type })).__type?.fields ?? []);
    return this.#types.get(type);
  }

  async #check(api, type, [name, ...rest], path) {
    const fields = (await this.#fieldsOf(api, type)).filter(isFree);
    const usable = fields.filter((field) => isLeaf(field.type) || !isList(field.type));
    const field = usable.find((one) => one.name === name);
    if (!field)
      throw new Usage(`"${path}": ${type} has no field "${name}", but ${listed(usable.map((one) => one.name))}`);
    if (rest.length && isLeaf(field.type)) throw new Usage(`"${path}": "${name}" has no fields of its own`);
    if (!rest.length && !isLeaf(field.type)) throw new Usage(`"${path}": name a field of it, such as ${path}.id`);
    if (rest.length) await this.#check(api, innermost(field.type).name, rest, path);
  }

  /** The document that asks for one page. */
  document() {
    const passed = ['filter', 'search', 'orderBy', 'first', 'after'].filter((name) => this.args.has(name));
    const variables = passed.map((name) => `$${name}: ${this.args.get(name)}`).join(', ');
    const args = passed.map((name) => `${name}: $${name}`).join(', ');
    return `query ExportList(${variables}) {
      list: ${this.name}(${args}) { pageInfo { hasNextPage endCursor } nodes { ${selection(this.paths)} } }
    }`;
  }
}

const isAfter = ({ name }) => name === 'after';
const isFree = ({ args }) => args.every(({ type }) => type.kind !== 'NON_NULL');
const listed = (names) => [...names].sort().join(', ');

/** customer.name and customer.code become customer { name code }. */
function selection(paths) {
  const groups = new Map();
  for (const path of paths) {
    const [name, ...rest] = path.split('.');
    groups.set(name, [...(groups.get(name) ?? []), ...(rest.length ? [rest.join('.')] : [])]);
  }
  return [...groups].map(([name, below]) => (below.length ? `${name} { ${selection(below)} }` : name)).join(' ');
}

/** The value of a row at a path; nothing if a record on the way is missing. */
export const valueAt = (row, path) => path.split('.').reduce((value, name) => value?.[name], row);
