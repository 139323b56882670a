import { readdirSync, readFileSync } from 'node:fs';
import { type DocumentNode, parse, print, separateOperations, visit } from 'graphql';
import { figures, type Screen } from './screens/screen.js';

const folder = 'tests/screens';

const operations = new Map<string, DocumentNode>(
  readdirSync(folder).flatMap((file) =>
    Object.entries(separateOperations(parse(readFileSync(`${folder}/${file}`, 'utf8')))),
  ),
);
const texts = new Map([...operations].map(([name, document]) => [name, print(document)]));

/** The document that our server gets for a screen: its operation without the figures that the peers do not have. */
export const bodyOf = ({ operation, document, variables = {} }: Screen): string =>
  JSON.stringify({ operationName: operation, query: document ?? listing(operations.get(operation)!), variables });

/** An operation as the screens send it. */
export const screenBody = (operation: string, variables: object): string =>
  JSON.stringify({ operationName: operation, query: texts.get(operation)!, variables });

const listing = (document: DocumentNode): string =>
  print(visit(document, { Field: ({ name }) => (figures.has(name.value) ? null : undefined) }));
