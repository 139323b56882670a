import { describe, expect, test } from '@jest/globals';
import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { parse } from 'graphql';

// The parts of the pages' scripts that need no browser; they are plain JavaScript and have no types.
const client = '../../src/pages/client';
const scripts = '../scripts/shared';

type Cell = string | number | boolean | null;
interface Table {
  columns: string[];
  rows: Cell[][];
}
interface Query {
  query: string;
  variables: string;
}
interface Listed {
  path: (string | number)[];
  isPaged: boolean;
}
interface Operation {
  query: string;
  variables: Record<string, unknown>;
}
interface Connection {
  data?: unknown;
  errors?: { message: string; extensions: { code: string } }[];
}
interface Asked {
  ask: (operation: Operation) => Promise<Connection>;
  progress: (done: number, total?: number) => void;
  most?: number;
}
interface List extends Operation {
  operationName?: string;
  path: string[];
}

const { csvLine, defused } = (await import(`${scripts}/csv-out.mjs`)) as {
  csvLine: (cells: string[], separator: string) => string;
  defused: (cell: string) => string;
};
const { csvOf } = (await import(`${client}/csv.js`)) as { csvOf: (table: Table) => string };
const { tableOf, listsOf } = (await import(`${client}/table.js`)) as {
  tableOf: (rows: unknown[]) => Table;
  listsOf: (data: unknown) => Listed[];
};
const { linkTo, linkedQuery } = (await import(`${client}/link.js`)) as {
  linkTo: (page: string, query: Query) => string;
  linkedQuery: (address: string) => Query | null;
};
const { withoutSecrets } = (await import(`${client}/explorer/secrets.js`)) as {
  withoutSecrets: (query: Query) => Query & { isBlanked: boolean };
};
const { allRows, hasOperation, isQuery } = (await import(`${client}/explorer/all-pages.js`)) as {
  allRows: (list: List, asked: Asked) => Promise<{ rows: unknown[]; total: number }>;
  hasOperation: (operation: { query: string; operationName: string }) => boolean;
  isQuery: (operation: { query: string; operationName?: string }) => boolean;
};

describe('CSV', () => {
  const firstOf = (csv: string) => String(parseCsv(csv, { recordDelimiter: ['\r\n', '\n'] })[0]?.[0]);
  /** The cell that each of them writes: the pages, and the scripts that people copy. */
  const writers: Record<string, (cell: string) => string> = {
    'the pages': (cell) => firstOf(csvOf({ columns: [cell], rows: [] })),
    'the scripts': (cell) => firstOf(csvLine([defused(cell), 'x'], ',')),
  };

  describe.each(Object.entries(writers))('of %s', (_, written) => {
    test.each([
      ...['=1+1', '+49 30 1', '-2+3', '@SUM(A1)', '-x', '=', '-', '+5.', '-5,00', '--5', '-5-5', '-5e', '=1e5'],
      ...['\tx', '\rx', '\nx', '\t5', ' =1+1', '\u00a0=1+1', '\ufeff=1+1', '\n\n@x', '＝1+1', '＋1', '－1', '＠x'],
    ])('defuses %j', (cell) => expect(written(cell)).toBe(`'${cell}`));

    test.each([
      ...['-5', '+5', '5', '-5.00', '+4930', '-1e-7', '1E+21', '0'],
      ...['a=b', ' a', 'x\ny', "'=1", '"=1"', '(1)', '–5', 'true'],
    ])('leaves %j alone', (cell) => expect(written(cell)).toBe(cell));
  });

  test('of the pages and of the scripts say the same of every text', () => {
    const begins = fc.constantFrom('', '=', '+', '-', '@', ' ', '\t', '\r', '\n', '1', '.', 'e', '－');
    fc.assert(
      fc.property(fc.array(begins), fc.string({ minLength: 1, unit: 'grapheme' }), (start, rest) => {
        const cell = start.join('') + rest;
        expect(writers['the pages']!(cell)).toBe(defused(cell));
      }),
    );
  });

  test('leaves numbers, nothing and truth as they are', () => {
    const cells = [-5, -1e-7, 0, null, true];
    expect(csvOf({ columns: ['a'], rows: cells.map((cell) => [cell]) })).toBe('a\r\n-5\r\n-1e-7\r\n0\r\n\r\ntrue\r\n');
  });

  test('gives every text back to whoever reads it', () => {
    const text = fc.string().filter((value) => defused(value) === value);
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1 }), (rows) => {
        const csv = csvOf({ columns: ['one', 'other'], rows });
        expect(parseCsv(csv, { recordDelimiter: '\r\n' })).toEqual([['one', 'other'], ...rows]);
      }),
    );
  });
});

describe('a table', () => {
  test('has a column for each part of nested objects, in the order of the selection', () => {
    const rows = [
      { code: 'A', customer: null, value: 1 },
      { code: 'B', customer: { name: 'Kim', city: { name: 'Rome' } }, value: null },
    ];
    expect(tableOf(rows)).toEqual({
      columns: ['code', 'customer.name', 'customer.city.name', 'value'],
      rows: [
        ['A', null, null, 1],
        ['B', 'Kim', 'Rome', null],
      ],
    });
  });

  test('joins lists, numbers the keys of groups and leaves connections unnamed', () => {
    const rows = [
      {
        keys: [{ label: 'Q1' }, { label: 'Ann' }],
        tags: ['a', 'b'],
        others: [
          { amount: '1.00', currency: 'EUR' },
          { amount: '2.00', currency: 'JPY' },
        ],
        deals: { totalCount: 2, nodes: [{ title: 'x' }, { title: 'y' }], pageInfo: { hasNextPage: false } },
        edges: { edges: [{ node: { id: 1 } }] },
      },
      { keys: [{ label: 'Q2' }, { label: 'Bob' }], tags: [], others: [], deals: { totalCount: 0, nodes: [] } },
    ];
    expect(tableOf(rows)).toEqual({
      columns: ['keys.1.label', 'keys.2.label', 'tags', 'others.amount', 'others.currency', 'deals.title'].concat([
        'deals.totalCount',
        'edges.id',
      ]),
      rows: [
        ['Q1', 'Ann', 'a; b', '1.00; 2.00', 'EUR; JPY', 'x; y', 2, '1'],
        ['Q2', 'Bob', null, null, null, null, 0, null],
      ],
    });
    expect(tableOf(['a', 1])).toEqual({ columns: ['value'], rows: [['a'], [1]] });
  });

  test('is made of the outermost lists of an answer', () => {
    const lists = listsOf({
      customers: { nodes: [{ deals: { nodes: [{}] } }] },
      none: { nodes: [] },
      pipeline: { name: 'Sales', stages: [{ id: 1 }, { id: 2 }] },
      dealAnalytics: { groups: [{ rows: { edges: [{ node: {} }] } }], total: { sum: { value: { others: [{}] } } } },
      leadAnalytics: { groups: [{ count: 1, rows: { nodes: [{}] } }] },
    });
    expect(lists.map(({ path, isPaged }) => [path.join('.'), isPaged])).toEqual([
      ['customers', true],
      ['pipeline.stages', false],
      ['dealAnalytics.groups.0.rows', true],
      ['dealAnalytics.groups', false],
      ['leadAnalytics.groups', false],
      ['leadAnalytics.groups.0.rows', true],
    ]);
  });
});

describe('a link', () => {
  test('gives back the query and the variables', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (query) => {
        const link = linkTo('http://localhost:4000/dashboard?x=1#y', { query, variables: '{"a":"ä&=#"}' });
        expect(link.startsWith('http://localhost:4000/#query=')).toBe(true);
        expect(linkedQuery(link)).toEqual({ query, variables: '{"a":"ä&=#"}' });
      }),
    );
    expect(linkedQuery('http://localhost:4000/#top')).toBeNull();
    expect(linkedQuery('http://localhost:4000/')).toBeNull();
  });

  test.each(['eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', `tgc_${'Ab_-'.repeat(10)}xyz`])(
    'holds neither passwords nor %s',
    (token) => {
      const query = `# Mine: ${token}
mutation M($refreshToken: String = "hidden1") {
  login(input: { username: "sam", password: "hidden2" }) { accessToken }
  refreshSession(refreshToken: "hidden3") { accessToken }
}`;
      const variables = JSON.stringify({ input: { newPassword: 'hidden4', name: 'Kim' }, note: token });
      const cleaned = withoutSecrets({ query, variables });
      expect(cleaned.query).not.toMatch(/hidden|eyJ|tgc_/);
      expect(cleaned.query).toContain('# Mine');
      expect(() => parse(cleaned.query)).not.toThrow();
      expect(JSON.parse(cleaned.variables)).toEqual({ input: { newPassword: '…', name: 'Kim' }, note: '…' });
      expect(cleaned.isBlanked).toBe(true);
      const harmless = { query: '{ me { id } } # …', variables: '' };
      expect(withoutSecrets(harmless)).toEqual({ ...harmless, isBlanked: false });
      const told = { query: '{ me { id } }', variables: '{\n  "note": "and so on…"\n}' };
      expect(withoutSecrets(told)).toEqual({ ...told, isBlanked: false });
      expect(() => withoutSecrets({ query: '{ open', variables: '' })).toThrow();
    },
  );
});

describe('a link of lists', () => {
  test('holds no secret of them, however deep', () => {
    const query = `query Q($tokens: [String] = ["hidden1"]) {
  a(tokens: ["hidden2", ["hidden3"]], secret: { password: "hidden4", parts: ["hidden5"] }, names: ["Kim"]) { id }
}`;
    const variables = JSON.stringify({ passwords: ['hidden6', { old: 'hidden7' }, 1], names: ['Kim'] });
    const cleaned = withoutSecrets({ query, variables });
    expect(cleaned.query + cleaned.variables).not.toMatch(/hidden/);
    expect(cleaned.query).toContain('["…", ["…"]], secret: { password: "…", parts: ["…"] }, names: ["Kim"]');
    expect(JSON.parse(cleaned.variables)).toEqual({ passwords: ['…', { old: '…' }, 1], names: ['Kim'] });
    expect(cleaned.isBlanked).toBe(true);
  });
});

describe('the operation of a document', () => {
  test('is one that it names, not a word in it', () => {
    const query = 'query Deals { deals { nodes { id } } } # Leads';
    expect(hasOperation({ query, operationName: 'Deals' })).toBe(true);
    for (const operationName of ['Leads', 'Deal', 'deals']) expect(hasOperation({ query, operationName })).toBe(false);
    expect(hasOperation({ query: 'query Deals {', operationName: 'Deals' })).toBe(false);
  });
});

describe('all pages', () => {
  const query = `
    query Other { me { id } }
    query Customers($mine: Boolean, $size: Int, $unused: Int) {
      first: customers(filter: { mine: $mine }, page: 3, pageSize: $size) { nodes { ...Named } }
      leads(first: $unused) { nodes { id } }
      ...Rest
    }
    fragment Named on Customer { name }
    fragment Rest on Query { dealAnalytics(limit: $unused) { groups { rows(first: 2) { nodes { id } } } } }`;
  const variables = { mine: true, size: 5, unused: 1 };

  test('are asked for one after the other, of the one list and with no more than it needs', async () => {
    const asked: Operation[] = [];
    const progress: (number | undefined)[][] = [];
    const { rows, total } = await allRows(
      { query, variables, operationName: 'Customers', path: ['first'] },
      {
        ask: async (operation) => {
          asked.push(operation);
          const place = asked.length;
          const csvPage = { hasNextPage: place < 3, endCursor: `c${place}` };
          return { data: { first: { nodes: [{ name: `${place}` }], csvPage, csvTotal: place === 1 ? 3 : undefined } } };
        },
        progress: (...heard) => progress.push(heard),
      },
    );
    expect(rows).toEqual([{ name: '1' }, { name: '2' }, { name: '3' }]);
    expect(total).toBe(3);
    expect(progress).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(asked.map((operation) => operation.variables)).toEqual([
      { mine: true, csvAfter: null },
      { mine: true, csvAfter: 'c1' },
      { mine: true, csvAfter: 'c2' },
    ]);
    expect(asked[0]!.query.replaceAll(/\s+/g, ' ').trim()).toBe(
      'query Customers($mine: Boolean, $csvAfter: String) { ' +
        'first: customers(filter: {mine: $mine}, first: 100, after: $csvAfter) { ' +
        'nodes { ...Named } csvPage: pageInfo { hasNextPage endCursor } csvTotal: totalCount } } ' +
        'fragment Named on Customer { name }',
    );
    expect(asked[1]!.query).not.toContain('csvTotal');
  });

  test('are found through fragments, are made smaller when they cost too much, and end at a limit', async () => {
    const sizes: string[] = [];
    const { rows } = await allRows(
      { query, variables, operationName: 'Customers', path: ['dealAnalytics', 'groups', 0, 'rows'] as string[] },
      {
        ask: async (operation) => {
          const size = /first: (\d+)/.exec(operation.query)![1]!;
          sizes.push(size);
          if (Number(size) > 50) return { errors: [{ message: 'No', extensions: { code: 'QUERY_TOO_COMPLEX' } }] };
          const page = { nodes: [1, 2, 3], csvPage: { hasNextPage: true, endCursor: 'c' } };
          return { data: { dealAnalytics: { groups: [{ rows: page }] } } };
        },
        progress: () => undefined,
        most: 5,
      },
    );
    expect(rows).toEqual([1, 2, 3, 1, 2]);
    expect(sizes).toEqual(['100', '50', '50']);
  });

  test('are no matter of mutations, which are not sent again', () => {
    expect(isQuery({ query: 'mutation A { b } query C { d }', operationName: 'A' })).toBe(false);
    expect(isQuery({ query: 'mutation A { b } query C { d }', operationName: 'C' })).toBe(true);
    expect(isQuery({ query: '{ d }' })).toBe(true);
  });
});
