import type { CodegenConfig } from '@graphql-codegen/cli';
import published from '../../codegen.js';

const [client] = Object.values(published.generates) as { preset: string; config: object }[];

/** The published configuration, with the folders of these tests. */
const config: CodegenConfig = {
  ...published,
  schema: '../../schema.graphql',
  documents: ['board.ts'],
  generates: { 'generated/gql/': { ...client, config: { ...client!.config, importExtension: '.js' } } },
} as CodegenConfig;

export default config;
