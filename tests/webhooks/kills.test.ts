import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const quick = process.env.TEST_LONG === '1' ? [] : ['--quick'];

/** A form of `npm run chaos -- --only webhooks`; rejects with the output if a change is skipped or renamed. */
test('no change is skipped while two servers and PostgreSQL are killed beside eight writers', async () => {
  const { stdout } = await run(process.execPath, ['dist/tests/chaos/main.js', ...quick, '--only', 'webhooks']);
  expect(stdout).toMatch(/^kept .+webhooks/m);
  expect(stdout).toMatch(/ [1-9]\d* changes \(/);
}, 900_000);
