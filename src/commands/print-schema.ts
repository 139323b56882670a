import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { makeSchema } from '../app.js';

writeFileSync('schema.graphql', `${printSchema(makeSchema())}\n`);
