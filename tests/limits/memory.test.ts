import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { boot, newFolder, stop, urlOf } from '../support/boot.js';
import { MixedTraffic, residentMegabytes } from '../support/mixed-traffic.js';

const ifLong = process.env.TEST_LONG === '1' ? test : test.skip;

const requests = 8_000;
const documents = 800;

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
/** The options that `npm start` gives Node. */
const nodeOptions = scripts.serve!.match(/--max-\S+/g)!.join(' ');

// `npm run bench -- --soak` is the whole of it: 100,000 requests and 10,000 documents.
ifLong(
  'memory stays flat, and below 300 MB, over mixed requests and ever new documents',
  async () => {
    const server = boot({
      DATA_FOLDER: newFolder(),
      NODE_ENV: 'production',
      NODE_OPTIONS: nodeOptions,
      TOKEN_KEYS: JSON.stringify([await generateKey()]),
    });
    const traffic = await MixedTraffic.open(`${await urlOf(server)}/graphql`, documents);
    const megabytes: number[] = [];
    for (let sent = 0; sent < requests; sent += requests / 4) {
      await traffic.send(sent, sent + requests / 4);
      megabytes.push(residentMegabytes(server.child.pid!));
    }
    traffic.close();
    await stop(server);
    expect(Math.max(...megabytes)).toBeLessThanOrEqual(300);
    expect(megabytes.at(-1)!).toBeLessThan(megabytes[1]! * 1.1);
  },
  600_000,
);
