import { parse, visit } from 'graphql';

const secretName = /password|token|secret|authorization/i;
const accessToken = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const blank = '…';

/**
 * The same query and variables, both as texts, with passwords and tokens blanked, and whether there were any; throws
 * where one of them does not parse.
 */
export function withoutSecrets({ query, variables }) {
  const cleaned = { query: cleanQuery(query), variables: variables?.trim() ? cleanVariables(variables) : '' };
  return { ...cleaned, isBlanked: cleaned.query !== query || cleaned.variables.includes(blank) };
}

function cleanQuery(query) {
  const found = [];
  const look = ({ name, value }) => {
    if (secretName.test(name.value) && value.kind === 'StringValue') found.push(value.loc);
  };
  visit(parse(query), {
    Argument: look,
    ObjectField: look,
    VariableDefinition({ variable, defaultValue }) {
      if (defaultValue) look({ name: variable.name, value: defaultValue });
    },
  });
  // From the end, so that the places before stay where they are; printing the document would lose its comments.
  const cleaned = found.reduceRight(
    (text, { start, end }) => `${text.slice(0, start)}"${blank}"${text.slice(end)}`,
    query,
  );
  return cleaned.replace(accessToken, blank);
}

function cleanVariables(variables) {
  const cleaned = JSON.parse(variables, (name, value) =>
    secretName.test(name) && typeof value === 'string' ? blank : value,
  );
  return JSON.stringify(cleaned, null, 2).replace(accessToken, blank);
}
