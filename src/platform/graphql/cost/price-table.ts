import type { Prices, StatementPrice } from './prices.js';

const columns = [
  ['scan', 'filter'],
  ['condition', 'condition'],
  ['relation', 'relation'],
  ['text', '`contains` …'],
  ['search', 'search'],
  ['count', '`totalCount`'],
  ['order', 'order'],
  ['computed', 'computed'],
] as const;

/** The prices as Markdown, for docs/limits.md. */
function priceTable({ tables, fields }: Prices): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const lists = Object.entries(tables).map(([name, prices]) => row([name, ...columns.map(([key]) => prices[key])]));
  const figures = Object.entries(fields)
    .flatMap(([type, priced]) =>
      Object.entries(priced).flatMap(([name, price]) => [
        [`${type}.${name}`, price] as const,
        ...Object.entries(price.parts ?? {}).map(([names, part]) => [`${type}.${name} { ${names} }`, part] as const),
      ]),
    )
    .filter(([, { points }]) => typeof points === 'number')
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [
    row(['list of', ...columns.map(([, title]) => title)]),
    row(['---', ...columns.map(() => '---:')]),
    ...lists,
    '',
    row(['field', 'points', 'times its filter and search']),
    row(['---', '---:', '---:']),
    ...figures.map(([name, price]) => row([`\`${name}\``, price.points as number, timesOf(price)])),
  ].join('\n');
}

const timesOf = ({ narrows = 0 }: StatementPrice): number | string => narrows || '–';

const [begin, end] = ['<!-- prices: written by npm run schema -->', '<!-- end of prices -->'];

/** The text with the prices between its two marks. */
export function withPrices(text: string, prices: Prices): string {
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`The text lacks the marks ${begin} and ${end}`);
  return `${text.slice(0, before)}${begin}\n\n${priceTable(prices)}\n\n${text.slice(after)}`;
}
