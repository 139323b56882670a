import { parse, visit } from 'graphql';

const secretName = /password|token|secret|ticket|authorization/i;
const bearerTokens = /eyJ[\w-]+\.[\w-]+\.[\w-]+|tgc_[\w-]{43}/g;
const blank = '…';

/**
 * Blanks passwords and tokens in the texts of a query and its variables, and says whether there were any. Throws if one
 * of the texts does not parse.
 */
export function withoutSecrets({ query, variables }) {
  const cleaned = { query: cleanQuery(query), variables: variables?.trim() ? cleanVariables(variables) : '' };
  const isSame = cleaned.query === query && cleaned.variables === (variables?.trim() ? printed(variables) : '');
  return { ...cleaned, isBlanked: !isSame };
}

function cleanQuery(query) {
  // Keyed by position, since a text below two matching names is found twice.
  const found = new Map();
  const look = ({ name, value }) => {
    if (secretName.test(name.value)) visit(value, { StringValue: ({ loc }) => void found.set(loc.start, loc) });
  };
  visit(parse(query), {
    Argument: look,
    ObjectField: look,
    VariableDefinition({ variable, defaultValue }) {
      if (defaultValue) look({ name: variable.name, value: defaultValue });
    },
  });
  // Replaced from the end, which keeps earlier positions valid; printing the document would lose its comments.
  const cleaned = [...found.values()]
    .sort((first, second) => second.start - first.start)
    .reduce((text, { start, end }) => `${text.slice(0, start)}"${blank}"${text.slice(end)}`, query);
  return cleaned.replace(bearerTokens, blank);
}

function cleanVariables(variables) {
  const cleaned = JSON.parse(variables, (name, value) => (secretName.test(name) ? blanked(value) : value));
  return JSON.stringify(cleaned, null, 2).replace(bearerTokens, blank);
}

const printed = (variables) => JSON.stringify(JSON.parse(variables), null, 2);

/** The value with all of its texts blanked, including those in lists and objects. */
const blanked = (value) =>
  JSON.parse(JSON.stringify(value), (_name, inner) => (typeof inner === 'string' ? blank : inner));
