import type { GeneratorValue } from 'fast-check';
import fc from 'fast-check';
import {
  type GraphQLAbstractType,
  GraphQLBoolean,
  type GraphQLField,
  type GraphQLInputType,
  GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

/** The place of a value: a variable's JSON, a literal, or a literal that must not name variables. */
type Form = 'json' | 'literal' | 'constant';

const texts: Record<string, string[]> = {
  Int: ['1', '2', '3', '0', '-1', '50'],
  Float: ['1.5', '0'],
  Boolean: ['true', 'false'],
  Decimal: ['"10.5"', '"0"', '25', '"-1"'],
  Date: ['"2026-01-31"', '"2099-05-01"'],
  DateTime: ['"2026-01-05T10:00:00Z"', '"2099-05-01T08:30:00+02:00"'],
  TimeZone: ['"UTC"', '"Europe/Berlin"'],
  JSON: ['{}', '{"theme": "dark"}'],
};
/** Opaque, and another one in each organization. */
const untold = ['cursor', 'startCursor', 'endCursor', 'secret', 'otpauthUri'];

/** Writes a document about a root field, as generated from the schema, with the JSON of its variables. */
export function documentAbout(
  schema: GraphQLSchema,
  root: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  { ids, ownWord }: { ids: Record<string, string>; ownWord: string },
  gen: GeneratorValue,
): { query: string; variables: object } {
  const declared: string[] = [];
  const fragments: string[] = [];
  const variables: Record<string, unknown> = {};
  let names = 0;

  const named = (prefix: string): string => {
    names += 1;
    return `${prefix}${names}`;
  };
  const below = (n: number): number => gen(fc.nat, { max: n - 1 });
  const oneIn = (n: number): boolean => below(n) === 0;
  const oneOf = <T>(all: readonly T[]): T => all[below(all.length)]!;

  function variable(type: GraphQLInputType, name: string, depth: number, hasDefault: boolean): string {
    const own = named('v');
    const nullable = getNullableType(type);
    const isOptional = !isNonNullType(type) || hasDefault;
    const fallback = oneIn(4) ? ` = ${value(type, 'constant', name, depth)}` : '';
    declared.push(`$${own}: ${fallback || isOptional ? nullable : type}${fallback}`);
    const fate = fallback || isOptional ? below(4) : 2;
    if (fate === 0) variables[own] = null;
    else if (fate > 1) variables[own] = JSON.parse(value(type, 'json', name, depth));
    return `$${own}`;
  }

  function value(type: GraphQLInputType, form: Form, name: string, depth: number, hasDefault = false): string {
    if (form === 'literal' && oneIn(3)) return variable(type, name, depth, hasDefault);
    if (!isNonNullType(type) && oneIn(12)) return 'null';
    if (form === 'json' && oneIn(60)) return '"misfit"';
    const inner = getNullableType(type);
    if (isListType(inner)) {
      // One alone stands for a list of one, but for a variable.
      if (oneIn(5)) return value(inner.ofType, form === 'json' ? form : 'constant', name, depth);
      return `[${Array.from({ length: below(3) }, () => value(inner.ofType, form, name, depth)).join(', ')}]`;
    }
    if (isEnumType(inner)) {
      const { name: member } = oneOf(inner.getValues());
      return form === 'json' ? `"${member}"` : member;
    }
    if (!isInputObjectType(inner)) return scalar(inner.name, form, name);
    const all = Object.values(inner.getFields());
    const fields = inner.isOneOf
      ? [oneOf(all)]
      : all.filter((one) => isRequiredInputField(one) || oneIn(isLeafType(getNamedType(one.type)) ? 5 : 12 * depth));
    const written = fields.map((one) => {
      const key = form === 'json' ? `"${one.name}"` : one.name;
      const known = one.name === 'id' || one.name === 'eq' || one.name === 'in' ? name : one.name;
      const type = inner.isOneOf ? new GraphQLNonNull(getNullableType(one.type)) : one.type;
      return `${key}: ${value(type, form, known, depth + 1, one.defaultValue !== undefined)}`;
    });
    return `{${written.join(', ')}}`;
  }

  function scalar(type: string, form: Form, name: string): string {
    if (type === 'JSON' && form === 'literal' && oneIn(2)) {
      const own = named('v');
      declared.push(`$${own}: String`);
      if (oneIn(2)) variables[own] = 'dark';
      return `{theme: $${own}, n: [1, $${own}]}`;
    }
    if (type === 'JSON' && form !== 'json') return '{theme: "dark"}';
    if (texts[type]) return oneOf(texts[type]);
    if (type !== 'ID') return JSON.stringify(oneOf(['', 'x', `Ada ${ownWord}`, ownWord, `${ownWord}@people.example`]));
    const about = `${name} ${field.name}`.toLowerCase();
    const meant = Object.keys(ids).find((noun) => about.includes(noun));
    return JSON.stringify(meant && !oneIn(6) ? ids[meant] : oneOf(Object.values(ids)));
  }

  function args(of: GraphQLField<unknown, unknown>): string {
    const given = of.args.filter((one) => isRequiredArgument(one) || oneIn(3));
    const written = given.map((one) => {
      const hasDefault = one.defaultValue !== undefined;
      // Rows come one by one when they are one variable.
      if (one.name === 'rows' && !oneIn(3)) return `rows: ${variable(one.type, one.name, 1, hasDefault)}`;
      return `${one.name}: ${value(one.type, 'literal', one.name, 1, hasDefault)}`;
    });
    return written.length ? `(${written.join(', ')})` : '';
  }

  function directive(): string {
    if (!oneIn(80)) return '';
    const condition = oneIn(2) ? 'true' : variable(new GraphQLNonNull(GraphQLBoolean), 'if', 1, false);
    return ` @${oneOf(['skip', 'include'])}(if: ${condition})`;
  }

  function written(of: GraphQLField<unknown, unknown>, depth: number, isApart = false): string {
    const given = args(of);
    const alias = given || isApart || oneIn(6) ? `${named(oneIn(30) ? 'f_' : oneOf(['f', 'toString']))}: ` : '';
    const type = getNamedType(of.type);
    const set = isObjectType(type) ? selection(type, depth + 1) : isAbstractType(type) && ofSome(type, depth + 1);
    return `${alias}${of.name}${given}${directive()}${set ? ` ${set}` : ''}`;
  }

  function selection(type: GraphQLObjectType, depth: number, isApart = false): string {
    const fields = Object.values(type.getFields()).filter(({ name }) => !untold.includes(name));
    const leaves = fields.filter((one) => isLeafType(getNamedType(one.type)));
    const reach = depth > 4 ? leaves : fields;
    const chosen = Array.from({ length: 1 + below(3) }, () =>
      reach.length ? written(oneOf(reach), depth, isApart) : '__typename',
    );
    if (oneIn(8)) return `{ ... on ${type.name}${directive()} { ${chosen.join(' ')} } }`;
    if (!oneIn(8)) return `{ ${chosen.join(' ')} }`;
    const name = named('F');
    fragments.push(`fragment ${name} on ${type.name} { ${chosen.join(' ')} }`);
    return `{ ...${name} __typename }`;
  }

  /** Selections on some of the types that an object may have; fields of one name may be of different types. */
  function ofSome(type: GraphQLAbstractType, depth: number): string {
    const own = isInterfaceType(type) ? Object.keys(type.getFields()).filter(() => oneIn(2)) : [];
    const about = schema.getPossibleTypes(type).filter(() => oneIn(5));
    const parts = about.map((one) => {
      if (oneIn(2)) return `... on ${one.name}${directive()} ${selection(one, depth, true)}`;
      const name = named('F');
      fragments.push(`fragment ${name} on ${one.name} ${selection(one, depth, true)}`);
      return `...${name}`;
    });
    return `{ ${[...own, ...parts, '__typename'].join(' ')} }`;
  }

  const body = Array.from({ length: oneIn(4) ? 2 : 1 }, () =>
    written(field, 0).replace(/^(?!\w+:)/, `${named('r')}: `),
  );
  const head = `${root === schema.getMutationType() ? 'mutation' : 'query'}`;
  const parameters = declared.length ? ` (${declared.join(', ')})` : '';
  return { query: [`${head}${parameters} { ${body.join(' ')} }`, ...fragments].join('\n'), variables };
}
