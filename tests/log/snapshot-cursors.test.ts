import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { urls } from '../support/database.js';

const isLong = process.env.TEST_LONG === '1';
const openFor = isLong ? 60_000 : 8_000;

const clients: pg.Client[] = [];
async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urls.superuserUrl, options: '-c search_path=snapshot_cursors' });
  clients.push(client);
  await client.connect();
  return client;
}

let main: pg.Client;
beforeAll(async () => {
  main = await connect();
  await main.query(`
    create schema snapshot_cursors;
    create table changes
      (organization_id uuid, seq bigserial, xid xid8 default pg_current_xact_id(), record_id uuid, version int);
    create index changes_by_xid on changes (organization_id, xid, seq);
    create index changes_by_seq on changes (organization_id, seq) where seq > 0;
    create table records (organization_id uuid, id uuid primary key, version int default 1);
    create function log_change() returns trigger language plpgsql as $$
    begin
      insert into changes (organization_id, record_id, version) values (new.organization_id, new.id, new.version);
      return null;
    end $$;
    create trigger log_change after insert or update on records for each row execute function log_change()`);
});
afterAll(async () => {
  await Promise.all(clients.slice(1).map((client) => client.end()));
  await main.query('drop schema snapshot_cursors cascade');
  await main.end();
});

/** `lower` is delivered; so is, within a walk, what `upper` sees up to `last`. Snapshots are texts `xmin:xmax:xip`. */
interface Cursor {
  lower: string;
  upper: string | null;
  last: string;
}

/** No transaction is visible in this snapshot, so nothing is delivered yet. */
const beginning: Cursor = { lower: '1:1:', upper: null, last: '0' };

interface Change {
  record: string;
  version: number;
  seq: string;
}

const columns = 'record_id as record, version, seq';

/**
 * The first page of a walk; it sees what `upper`, its own snapshot, sees. Two provisions make it read by `xid` whatever
 * the statistics say: the index on `seq` serves only statements that say `seq > 0`, and what was in progress in `lower`
 * is looked up one by one in the order of the index. For `xid = any (...)` the planner reads all of an organization
 * that it does not know yet, or the whole table if a few imports have filled it.
 */
const firstPage = (size: number) => `
  select now.upper, page.*
  from (values (pg_current_snapshot()::text)) as now (upper)
  left join (
    select ${columns}
    from (
      select * from changes
      where organization_id = $1
        and xid >= pg_snapshot_xmax($2::pg_snapshot)
        and xid < pg_snapshot_xmax(pg_current_snapshot())
      union all
      select ended.*
      from pg_snapshot_xip($2::pg_snapshot) as open (xid)
      cross join lateral (
        select * from changes
        where organization_id = $1
          and xid = open.xid
        order by seq
        limit ${size}
      ) as ended
    ) as fresh
    order by seq
    limit ${size}
  ) as page on true
  order by page.seq`;

/** The pages after it. They walk in the order of `seq`, so that a long past is not sorted anew for each page. */
const nextPage = (size: number) => `
  select ${columns}
  from changes
  where organization_id = $1
    and seq > 0
    and seq > $4
    and not pg_visible_in_snapshot(xid, $2::pg_snapshot)
    and pg_visible_in_snapshot(xid, $3::pg_snapshot)
  order by seq
  limit ${size}`;

const statementOf = (organizationId: string, { lower, upper, last }: Cursor, size: number) =>
  upper
    ? { name: 'next', text: nextPage(size), values: [organizationId, lower, upper, last] }
    : { name: 'first', text: firstPage(size), values: [organizationId, lower] };

/** Statements have names, so that PostgreSQL may come to use one plan for all values. */
async function read(client: pg.Client, organizationId: string, cursor: Cursor, size: number) {
  const { rows } = await client.query(statementOf(organizationId, cursor, size));
  const upper: string = cursor.upper ?? rows[0].upper;
  const changes: Change[] = rows.filter(({ seq }) => seq !== null);
  const isFull = changes.length === size;
  const next = isFull ? { lower: cursor.lower, upper, last: changes.at(-1)!.seq } : { ...beginning, lower: upper };
  return { changes, next };
}

const keyOf = ({ record, version }: Change) => `${record} ${version}`;

/** Versions of all records, and the position of the snapshot that they were read in. */
interface Copy extends Cursor {
  versions: ReadonlyMap<string, number>;
}

/**
 * Reads until nothing is left after `isOver`. What is in `committed` when a walk begins is due when it ends. Each page
 * may be forgotten by a crash before its cursor is saved; it is then delivered again, which does not count as doubled.
 */
async function follow(
  organizationId: string,
  { size, committed, isOver }: { size: number; committed: Change[]; isOver: () => boolean },
  copy: Copy = { ...beginning, versions: new Map() },
) {
  const client = await connect();
  const delivered = new Set<string>();
  const versions = new Map(copy.versions);
  const faults = { lost: 0, doubled: 0, disordered: 0, stalled: 0 };
  const times: number[] = [];
  const isMissing = (change: Change) =>
    !delivered.has(keyOf(change)) && change.version > (copy.versions.get(change.record) ?? 0);

  let cursor: Cursor = copy;
  for (let due = 0, checked = 0, isLast = false; !isLast; ) {
    if (!cursor.upper) due = committed.length;
    const mayEnd = isOver();
    const began = performance.now();
    const { changes, next } = await read(client, organizationId, cursor, size);
    times.push(performance.now() - began);
    if (Math.random() < 0.1) continue;
    for (const change of changes) {
      if (delivered.has(keyOf(change))) faults.doubled += 1;
      if (change.version !== (versions.get(change.record) ?? 0) + 1) faults.disordered += 1;
      delivered.add(keyOf(change));
      versions.set(change.record, change.version);
    }
    cursor = next;
    if (next.upper) continue;
    faults.stalled += committed.slice(checked, due).filter(isMissing).length;
    checked = due;
    isLast = mayEnd;
    await pause(20);
  }
  faults.lost = committed.filter(isMissing).length;
  times.sort((first, second) => first - second);
  const pace = { polls: times.length, median: times[times.length >> 1], max: times.at(-1) };
  if (isLong) console.info({ size, delivered: delivered.size, ...faults, ...pace });
  return { faults, versions };
}

async function positionOf(client: pg.Client): Promise<Cursor> {
  return { ...beginning, ...(await client.query('select pg_current_snapshot()::text as lower')).rows[0] };
}

/** Changes are committed between the two reads of the snapshot. */
async function copyOf(organizationId: string): Promise<Copy> {
  const client = await connect();
  await client.query('begin isolation level repeatable read read only');
  const text = 'select id, version from records where organization_id = $1';
  const { rows } = await client.query<{ id: string; version: number }>(text, [organizationId]);
  await pause(200);
  const cursor = await positionOf(client);
  await client.query('commit');
  return { ...cursor, versions: new Map(rows.map(({ id, version }) => [id, version])) };
}

/** Pages by `seq` alone, which is not in the order of commits; the number of changes that it finds. */
async function countBySequence(organizationId: string, isOver: () => boolean): Promise<number> {
  const client = await connect();
  const text = 'select seq from changes where organization_id = $1 and seq > $2 order by seq';
  const found: { seq: string }[] = [];
  for (let isLast = false; !isLast; await pause(20)) {
    isLast = isOver();
    found.push(...(await client.query(text, [organizationId, found.at(-1)?.seq ?? 0])).rows);
  }
  return found.length;
}

/** Raises the version of a record, or creates one. */
async function change(client: pg.Client, organizationId: string, record = v7()): Promise<Change> {
  const text = `insert into records (organization_id, id) values ($1, $2)
    on conflict (id) do update set version = records.version + 1 returning id as record, version`;
  return (await client.query(text, [organizationId, record])).rows[0];
}

/** Writes in transactions of up to 30 ms, some of which are taken back as a whole or in part. */
async function write(organizationId: string, contended: string, committed: Change[], isOver: () => boolean) {
  const client = await connect();
  const records = [contended, v7(), v7(), undefined];
  while (!isOver()) {
    const kept: Change[] = [];
    await client.query('begin');
    for (let left = Math.ceil(Math.random() * 4); left > 0; left -= 1) {
      await client.query('savepoint step');
      const made = await change(client, organizationId, records[Math.floor(Math.random() * 4)]);
      await pause(Math.random() * 7);
      const isKept = Math.random() < 0.8;
      await client.query(isKept ? 'release step' : 'rollback to step');
      if (isKept) kept.push(made);
    }
    const isCommitted = Math.random() < 0.85;
    await client.query(isCommitted ? 'commit' : 'rollback');
    if (isCommitted) committed.push(...kept);
    await pause(Math.random() * 60);
  }
}

test(
  'nothing is lost, doubled, reordered or held up by a transaction that stays open beside eight writers',
  async () => {
    const id = v7();
    const contended = await change(main, id);
    const committed = [contended];
    let [areWriting, areReading] = [true, true];
    const isOver = () => !areReading;
    const writers = Array.from({ length: 8 }, () => write(id, contended.record, committed, () => !areWriting));
    const readers = [1, 7, 100, 1000].map((size) => follow(id, { size, committed, isOver }));
    const foundBySequence = countBySequence(id, isOver);

    const open = await connect();
    await open.query('begin');
    const kept = [await change(open, id)];
    for (let turn = 1; turn <= 20; turn += 1) {
      await pause(openFor / 20);
      kept.push(await change(open, id, turn % 2 ? kept[0]!.record : undefined));
      if (turn % 5 === 0) readers.push(follow(id, { size: 100, committed, isOver }, await copyOf(id)));
    }
    const { xid } = (await open.query('select pg_current_xact_id()::text as xid')).rows[0];
    const { lower } = await positionOf(main);
    await open.query('commit');
    committed.push(...kept);
    await pause(500);
    areWriting = false;
    await Promise.all(writers);
    areReading = false;

    expect(lower.split(':')[2]!.split(',')).toContain(xid);
    const { versions } = await copyOf(id);
    for (const reader of await Promise.all(readers)) {
      expect(reader.faults).toEqual({ lost: 0, doubled: 0, disordered: 0, stalled: 0 });
      expect(reader.versions).toEqual(versions);
    }
    expect(await foundBySequence).toBeLessThan(committed.length);
  },
  openFor + 30_000,
);

/** The plan of a page, on a connection that has read it so often that PostgreSQL has settled on a plan. */
async function planOf(client: pg.Client, organizationId: string, cursor: Cursor) {
  for (let time = 0; time < 6; time += 1) await read(client, organizationId, cursor, 100);
  const { name, values } = statementOf(organizationId, cursor, 100);
  const execute = `execute ${name} ('${values.join("', '")}')`;
  const { rows } = await client.query(`explain (analyze, buffers, format json) ${execute}`);
  const { Plan: plan } = rows[0]['QUERY PLAN'][0];
  const scans = JSON.stringify(plan).match(/Seq Scan|changes_by_\w+/g);
  return { scans: [...new Set(scans)], buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] };
}

test.each([
  ['small transactions', 10],
  ['a few imports', 50_000],
])('a poll reads what is new, however much %s wrote beside an open transaction', async (_how, size) => {
  const id = v7();
  const fill = (changes: number) => `do $$ begin
    for done in 1..${Math.ceil(changes / size)} loop
      insert into changes (organization_id, record_id, version)
      select '${id}', gen_random_uuid(), 1
      from generate_series(1, ${Math.min(changes, size)});
      commit;
    end loop;
  end $$`;
  const [client, open] = [await connect(), await connect()];
  await client.query('truncate changes');
  await client.query(fill(2_000));
  await open.query('begin');
  const kept = await change(open, id);
  let cursor = beginning;
  for (const before of ['select', fill(150_000), 'analyze changes']) {
    await client.query(before);
    // A snapshot lists a transaction as in progress once a later one has ended.
    await change(main, id);
    cursor = await positionOf(client);
    for (let left = 20; left > 0; left -= 1) await change(main, id);
    const { scans, buffers } = await planOf(client, id, cursor);
    expect(scans).toEqual(['changes_by_xid']);
    expect(buffers).toBeLessThan(60);
  }
  await open.query('commit');
  const { changes } = await read(client, id, cursor, 100);
  expect(changes.map(keyOf)).toContain(keyOf(kept));
  expect(changes).toHaveLength(21);
  const { next } = await read(client, id, beginning, 100);
  const { scans, buffers } = await planOf(client, id, next);
  expect(scans).toEqual(['changes_by_seq']);
  expect(buffers).toBeLessThan(60);
});
