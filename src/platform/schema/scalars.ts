import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped, visit } from 'graphql';
import { isTimeZone } from '../database/time-zones.js';

const invalid = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** A scalar that is text in rows and in answers alike, so that serializing it costs nothing. */
function textScalar(name: string, description: string, parse: (value: unknown) => string, specifiedByURL: string) {
  return new GraphQLScalarType<string, string>({
    name,
    description,
    specifiedByURL,
    serialize: String,
    parseValue: parse,
    parseLiteral: (node: ValueNode) =>
      parse(node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : valueFromASTUntyped(node)),
  });
}

const days = /^(\d{4})-(\d{2})-(\d{2})$/;

function isDay(text: string): boolean {
  const [, year, month, day] = days.exec(text) ?? [];
  if (!year || year === '0000') return false;
  const date = new Date(`${text}T00:00:00Z`);
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

export const DateScalar = textScalar(
  'Date',
  'Calendar date without time zone, `YYYY-MM-DD`.',
  (value) => {
    if (typeof value !== 'string' || !isDay(value)) throw invalid('Date must be an existing day, YYYY-MM-DD');
    return value;
  },
  'https://scalars.graphql.org/andimarek/local-date',
);

const instants = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

export const DateTimeScalar = textScalar(
  'DateTime',
  'Instant in UTC as ISO 8601 with `Z`, e.g. `2026-03-01T09:30:00.000Z`; input may carry any offset.',
  (value) => {
    const [, day] = typeof value === 'string' ? (instants.exec(value) ?? []) : [];
    const instant = day && isDay(day) ? new Date(value as string) : null;
    if (!instant || Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 1 || instant.getUTCFullYear() > 9999)
      throw invalid('DateTime must be an existing instant with its offset, e.g. 2026-03-01T09:30:00Z');
    return instant.toISOString();
  },
  'https://scalars.graphql.org/andimarek/date-time',
);

export const DecimalScalar = textScalar(
  'Decimal',
  'Exact decimal number, always serialised as a string, e.g. `"1999.90"`; input may be a String, Int or Float, read ' +
    'through its decimal text.',
  (value) => {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !/^-?\d{1,30}(\.\d{1,30})?$/.test(text))
      throw invalid('Decimal must be a decimal number such as "1999.90", without exponent or separators');
    return text;
  },
  'https://www.w3.org/TR/xmlschema11-2/#decimal',
);

export const TimeZoneScalar = textScalar(
  'TimeZone',
  '`UTC`, or an IANA time zone name with a slash, spelled as IANA does, e.g. `Europe/Berlin`.',
  (value) => {
    if (typeof value !== 'string' || !isTimeZone(value))
      throw invalid('TimeZone must be UTC or an IANA name with a slash, such as Europe/Berlin');
    return value;
  },
  'https://www.iana.org/time-zones',
);

export const JSONScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value: object, list, text, number, boolean or null.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(withoutLoss(node), variables),
});

type NumberNode = ValueNode & { value: string };

/** Replaces numbers that a double cannot represent by NaN, which the check of the input refuses. */
const withoutLoss = (node: ValueNode): ValueNode => {
  const refuse = (number: NumberNode) =>
    isKept(number.value) ? undefined : { kind: Kind.FLOAT, value: String(Number.NaN) };
  return visit(node, { IntValue: refuse, FloatValue: refuse });
};

/** Whether a double keeps the number exactly. No such number needs more than about 330 characters. */
const isKept = (text: string): boolean => text.length < 400 && digitsOf(text) === digitsOf(String(Number(text)));

/** Significant digits and the exponent of the last one, to compare numbers in different notations. */
function digitsOf(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const zeros = digits.length - significant.length;
  return significant && `${significant}e${Number(exponent) - fraction.length + zeros}`;
}
