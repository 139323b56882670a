import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';

/** The printed schema, which `tests/schema.test.ts` holds to the code: that would take longer to evaluate. */
export const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
