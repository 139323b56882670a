import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { makeSchema } from '../app.js';
import { printInputTypes } from '../platform/records/input-types.js';

const schema = makeSchema();
writeFileSync('schema.graphql', `${printSchema(schema)}\n`);
writeFileSync('src/crm/inputs.generated.ts', printInputTypes(schema));
