import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal';
import { test } from '@jest/globals';
import { buildSchema, introspectionFromSchema } from 'graphql';

const here = resolve('tests/clients');
const { resolve: find } = createRequire(join(here, 'package.json'));

/** Runs a program of a package on the Node of these tests; throws what it printed if it fails. */
async function run(packageName: string, program: string, ...args: string[]): Promise<void> {
  const file = join(dirname(find(`${packageName}/package.json`)), program);
  try {
    await promisify(execFile)(process.execPath, [file, ...args], { cwd: here });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${packageName} failed:\n${stdout}${stderr}`);
  }
}

test('the client preset accepts the schema, the published configuration and the documents', () =>
  run('@graphql-codegen/cli', 'esm/bin.js', '--config', 'codegen.ts', '--check'));

test('the Relay compiler accepts the schema and the documents', () =>
  run('relay-compiler', 'cli.js', '--validate', 'relay.config.json'));

const deals = `
import { initGraphQLTada, type ResultOf, type VariablesOf } from 'gql.tada';
import type { introspection } from './introspection.js';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Decimal: string; Date: string; DateTime: string; TimeZone: string; JSON: unknown };
}>();
const Deals = graphql(\`
  query Deals($filter: DealFilter, $after: String) {
    deals(filter: $filter, first: 2, after: $after) { edges { node { value } } pageInfo { endCursor } }
  }
\`);
export const variables: VariablesOf<typeof Deals> = { filter: { value: { gte: '3.00' } } };
export const answer: ResultOf<typeof Deals> = {
  deals: { edges: [{ node: { value: '4.00' } }], pageInfo: { endCursor: null } },
};
// @ts-expect-error: a decimal is text
answer.deals!.edges[0]!.node.value = 4;
`;

test('gql.tada infers the types of documents from the schema alone', async () => {
  const folder = await mkdtemp(join(here, 'tada-'));
  try {
    const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
    const introspection = minifyIntrospection(introspectionFromSchema(schema));
    const options = { fileType: '.d.ts' as const, shouldPreprocess: true };
    await writeFile(join(folder, 'introspection.d.ts'), outputIntrospectionFile(introspection, options));
    await writeFile(join(folder, 'deals.ts'), deals);
    const flags = '--noEmit --strict --skipLibCheck --target es2024 --module nodenext --types node'.split(' ');
    await run('typescript', 'bin/tsc', ...flags, '--ignoreConfig', join(folder, 'deals.ts'));
  } finally {
    await rm(folder, { recursive: true });
  }
});
