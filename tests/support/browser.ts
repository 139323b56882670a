import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

export let browser: Browser;
let folder: string;

/**
 * A browser that comes from npm and is unpacked into the temporary folder, where another user may have put theirs: it
 * gets a folder of its own, by a process of its own, since Jest's tests see a copy of the environment only.
 */
function unpack(): string {
  const script = fileURLToPath(new URL('unpack-browser.mjs', import.meta.url));
  return execFileSync(process.execPath, [script], { env: { ...process.env, TMPDIR: folder }, encoding: 'utf8' });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crm-browser-'));
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
}, 60_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});
