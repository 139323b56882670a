import { afterEach } from '@jest/globals';
import { sql } from './database.js';

const restore: string[] = [];

/** Arranges something in this worker's database until the end of the test. */
export async function arrange(statement: string, undo: string): Promise<void> {
  restore.push(undo);
  await sql(statement);
}

afterEach(async () => {
  for (const undo of restore.splice(0).reverse()) await sql(undo);
});
