import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const isLong = process.env.TEST_LONG === '1';

/** A short form of `npm run chaos`; rejects with the output if a promise is broken. */
test.each(isLong ? ['PostgreSQL is killed', 'before or after COMMIT', 'told to stop'] : ['before or after COMMIT'])(
  'nothing is lost, doubled or told wrongly: %s',
  async (only) => {
    const { stdout } = await run(process.execPath, ['dist/tests/chaos/main.js', '--quick', '--only', only]);
    expect(stdout).toMatch(/^kept /m);
    expect(stdout).not.toContain('BROKEN');
  },
);
