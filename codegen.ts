// For front ends: copy this file and schema.graphql, then run `graphql-codegen`.

import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/**/*.{ts,tsx,graphql}'],
  ignoreNoDocuments: true,
  generates: {
    'src/gql/': {
      preset: 'client',
      config: {
        useTypeImports: true,
        // A scalar that is not listed here is an error, not `any`.
        strictScalars: true,
        scalars: {
          // Text, since a JavaScript number loses digits.
          Decimal: 'string',
          // `2026-03-01`; made a Date, it becomes another day west of Greenwich.
          Date: 'string',
          DateTime: 'string',
          TimeZone: 'string',
          JSON: 'unknown',
        },
      },
    },
  },
};

export default config;
