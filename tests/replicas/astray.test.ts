import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { withClient } from '../../src/platform/database/connection.js';
import { boot, newFolder, stop, urlOf } from '../support/boot.js';
import { eventually } from '../support/eventually.js';
import { startOtherPostgres } from '../support/other-postgres.js';
import { figureOf, metricsToken, programs } from '../support/replicated.js';
import { servers } from '../support/servers.js';
import { Standby } from '../support/standby.js';

const ending: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ending) await end();
});

test('a standby whose upstream was promoted is left out, although it tells the old timeline', async () => {
  const primary = await startOtherPostgres(programs);
  ending.unshift(() => primary.stop());
  const upstream = await Standby.of(primary, programs);
  ending.unshift(() => upstream.kill());
  await upstream.start();
  const standby = await Standby.of(primary, programs);
  ending.unshift(() => standby.kill());
  await standby.start(upstream.port);
  const server = boot({
    ...servers.manyPeople,
    ...primary.settings,
    NODE_ENV: 'production',
    METRICS_TOKEN: metricsToken,
    TOKEN_KEYS: JSON.stringify([await generateKey()]),
    DATA_FOLDER: newFolder(),
    DATABASE_REPLICA_URLS: standby.url(),
  });
  ending.unshift(() => stop(server));
  const url = await urlOf(server);
  await eventually(async () => (await figureOf(url, 'serves')) === 1);
  await upstream.sql('select pg_promote()');
  await upstream.sql(`select pg_logical_emit_message(false, 'astray', repeat('x', 3000000))`);
  await eventually(async () => (await figureOf(url, 'serves')) === 0);
  const timelineOf = 'select timeline_id from pg_control_checkpoint()';
  expect(await standby.sql(timelineOf)).toEqual([{ timeline_id: 1 }]);
  // The primary overtakes it: by its position alone, the standby would serve again.
  await withClient(primary.superuserUrl, (client) =>
    client.query(`select pg_logical_emit_message(false, 'further', repeat('x', 4000000))`),
  );
  await eventually(async () => {
    const [{ primaryAt }] = (await withClient(
      primary.superuserUrl,
      async (client) => (await client.query('select pg_current_wal_flush_lsn()::text as "primaryAt"')).rows,
    )) as [{ primaryAt: string }];
    const [{ isAhead }] = (await standby.sql(
      `select '${primaryAt}'::pg_lsn > pg_last_wal_replay_lsn() as "isAhead"`,
    )) as [{ isAhead: boolean }];
    return isAhead;
  });
  for (let looks = 0; looks < 20; looks += 1) {
    await pause(100);
    expect(await figureOf(url, 'serves')).toBe(0);
  }
});
