import { readFileSync, writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { withPrices } from '../platform/graphql/cost/price-table.js';
import { printInputTypes } from '../platform/records/input-types.js';
import { makeSchema, prices } from '../schema.js';

const schema = makeSchema();
writeFileSync('schema.graphql', `${printSchema(schema)}\n`);
writeFileSync('src/crm/inputs.generated.ts', printInputTypes(schema));
writeFileSync('docs/limits.md', withPrices(readFileSync('docs/limits.md', 'utf8'), prices));
