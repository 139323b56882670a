import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

export let browser: Browser;

/**
 * A browser that comes from npm and is unpacked into the folder of the run, once. It is unpacked by a process of its
 * own, since it goes into the temporary folder, and Jest's tests see a copy of the environment only.
 */
function unpack(): string {
  const shared = join(process.env.TEST_FOLDER!, 'browser');
  if (!existsSync(shared)) {
    const own = mkdtempSync(`${shared}-`);
    const script = fileURLToPath(new URL('unpack-browser.mjs', import.meta.url));
    execFileSync(process.execPath, [script], { env: { ...process.env, TMPDIR: own } });
    // Another worker may have been first.
    if (existsSync(shared)) rmSync(own, { recursive: true });
    else renameSync(own, shared);
  }
  return join(shared, 'chromium');
}

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? unpack(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

afterAll(() => browser?.close());
