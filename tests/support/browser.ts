import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

export let browser: Browser;
let folder: string;

// The package unpacks into the temporary folder, where another user may have put theirs: it gets one of its own.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crm-browser-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const executablePath = process.env.CHROMIUM ?? (await (await import('@sparticuz/chromium')).default.executablePath());
  browser = await chromium.launch({
    executablePath,
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
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
}, 60_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});
