import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);

/** The short form of `npm run chaos -- --only "the feed"`; rejects with the output if a change is lost or doubled. */
test('no reader loses or doubles a change while server and PostgreSQL are killed', async () => {
  const { stdout } = await run(process.execPath, ['dist/tests/chaos/main.js', '--quick', '--only', 'the feed']);
  expect(stdout).toMatch(/^kept .+ × 2 /m);
  expect(stdout).toMatch(/ [1-9]\d* changes \(/);
});
