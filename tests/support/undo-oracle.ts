import { expect } from '@jest/globals';
import { isGenerated } from './any-changes.js';
import type { Fields } from './customers.js';
import { sql } from './database.js';
import type { Undone, UndoRow } from './undo.js';

export type State = Map<string, Fields & { id: string }>;

const tables = ['organizations', 'customers', 'leads', 'deals', 'activities', 'pipelines', 'pipeline_stages'];
const inState = [...tables, 'employees', 'vendors', 'deal_stage_changes'];

/** The rows of an organization by id, with their versions. */
export async function rowsOf(organizationId: string): Promise<State> {
  const rows = inState.map(
    (table) => `
      select id, to_jsonb(t) || '{"table":"${table}"}' as row from ${table} t
      where ${table === 'organizations' ? 'id' : 'organization_id'} = $1`,
  );
  const found = await sql<{ id: string; row: Fields & { id: string } }>(rows.join(' union all '), [organizationId]);
  return new Map(found.map(({ id, row }) => [id, row]));
}

/** Without what follows from other columns, which PostgreSQL checks. */
const own = ({ version, updated_at, expected_revenue, ...columns }: Fields) =>
  Object.fromEntries(Object.entries(columns).filter(([column]) => !isGenerated(column)));
const text = (value: unknown) => JSON.stringify(value ?? null);

/** A state without versions and times of changes. */
export const plain = (state: State) =>
  [...state.values()].map(own).toSorted((one, other) => (text(one.id) < text(other.id) ? -1 : 1));

/** The effects of a change set, of others afterwards, and of an undo. */
export interface Story {
  before: State;
  after: State;
  present: State;
  undone: State;
  result: Undone;
  /** The change sets of the others. */
  laterSets: string[];
}

const differs = (one: Fields, other: Fields, column: string) => text(one[column]) !== text(other[column]);

/** The columns that the change set gave another value. */
const changedColumns = (before: Fields, after: Fields) =>
  Object.keys(own(after)).filter((column) => differs(before, after, column));

const inApi = (column: string) => column.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());

/** A value as the log and as the API write it, in one form. */
function value(any: unknown): unknown {
  if (typeof any !== 'string') return text(any);
  if (/^-?\d+(\.\d+)?$/.test(any)) return String(Number(any));
  return /^\d{4}-\d\d-\d\dT/.test(any) ? String(Date.parse(any)) : any;
}

/** Holds an undo in mode PER_ROW to the rows before and after it, without any word of the product's code. */
export function expectSound({ before, after, present, undone, result, laterSets }: Story): void {
  const rows = new Map(result.results.map((row) => [row.id, row]));
  const isContradictory = result.results.some(({ errors }) => errors[0]?.reason === 'CONTRADICTION');
  for (const id of new Set([...before.keys(), ...after.keys(), ...present.keys(), ...undone.keys()])) {
    const [was, became, met, is] = [before, after, present, undone].map((state) => state.get(id));
    const row = rows.get(id) ?? rows.get(String((was ?? became)?.deal_id));
    const story = { id, table: (was ?? became ?? met)?.table, row, was, became, met, is };
    const changed = text(was && own(was)) !== text(became && own(became));
    const unchanged = () => expect({ ...story, is: is && own(is) }).toEqual({ ...story, is: met && own(met) });
    if (changed && was && became && met?.table === 'deal_stage_changes') {
      // The stage was deleted, and is perhaps back.
      const stages = { from_stage_id: was.from_stage_id, to_stage_id: was.to_stage_id };
      expect([own(met), own({ ...met, ...stages })]).toContainEqual(is && own(is));
      continue;
    }
    // Only the change set's own records change, and those that cannot be undone stay as others have left them.
    const deal = was?.deal_id ?? became?.deal_id;
    // A deal that moved and moved back in the change set is as before, but for its history.
    const [left, reached] = [before, after].map((state) => text(own(state.get(row?.id ?? '') ?? {})));
    const hasReturned = row?.id === deal && left === reached;
    if (!changed || !row || row.status === 'FAILED' || (row.status === 'UNCHANGED' && !hasReturned)) unchanged();
    else if (!was) expect({ ...story, is }).toEqual({ ...story, is: undefined });
    else if (!became) expect({ ...story, is: is && own(is) }).toEqual({ ...story, is: own(was) });
    else if (met) {
      // A field is put back only if nobody has changed it, and no other field changes.
      const columns = changedColumns(was, became);
      const kept = columns.map((column) => [column, text(met[column])]);
      expect({ ...story, kept }).toEqual({ ...story, kept: columns.map((column) => [column, text(became[column])]) });
      const former = Object.fromEntries(columns.map((column) => [column, was[column]]));
      expect({ ...story, is: is && own(is) }).toEqual({ ...story, is: { ...own(met), ...former } });
    }
    if (is?.table === 'activities')
      expect({ ...story, names: [was, became, met].map(named) }).toMatchObject({
        names: expect.arrayContaining([named(is)]),
      });
    if (changed && row?.id === id && row.status === 'FAILED')
      expectNamed(row, { was, became, met, laterSets, isContradictory });
  }
}

/** An activity's customer, or else its lead, with the name that was stored when either was set. */
const named = (activity: Fields | undefined) =>
  activity ? text([activity.customer_id ?? activity.lead_id, activity.customer_name]) : null;

interface Fate {
  was: Fields | undefined;
  became: Fields | undefined;
  met: Fields | undefined;
  laterSets: string[];
  /** Whether a record would contradict others, for which no single change set may be the cause. */
  isContradictory: boolean;
}

/** Reasons whose cause may be a record that would contradict others. */
const unknown = new Set<unknown>(['CONTRADICTION', 'REFERENCE_GONE', 'VALUE_TAKEN']);

/** A conflict has its reason, and names each field that others have changed, with both values. */
function expectNamed(row: UndoRow, { was, became, met, laterSets, isContradictory }: Fate): void {
  const [{ code, reason }] = row.errors as [UndoRow['errors'][number]];
  const both = was && became && met ? { was, became, met } : null;
  const columns = both
    ? changedColumns(both.was, both.became).filter((one) => differs(both.met, both.became, one))
    : [];
  const told = row.conflicts.map(({ field, expected, found }) => [field, value(expected), value(found)]);
  const wanted = columns.map((column) => [inApi(column), value(both!.became[column]), value(both!.met[column])]);
  if (columns.length) expect({ row, named: told.toSorted() }).toEqual({ row, named: wanted.toSorted() });
  for (const { laterChangeSet } of row.conflicts)
    if (laterChangeSet || !isContradictory || !unknown.has(reason)) expect(laterSets).toContain(laterChangeSet?.id);
  const isChanged = met && became && text(own(met)) !== text(own(became));
  const possible = !was
    ? [isChanged ? 'RECORD_CHANGED' : 'RECORD_IN_USE']
    : became && !met
      ? ['RECORD_GONE']
      : columns.length
        ? ['FIELD_CHANGED']
        : ['REFERENCE_GONE', 'VALUE_TAKEN'];
  expect({ row, code, possible: [...possible, 'CONTRADICTION'] }).toEqual({
    row,
    code: 'CONFLICT',
    possible: expect.arrayContaining([reason]),
  });
}

/** Rules of the product that hold whatever was undone; the ids of records that break one. */
export const brokenRules = (organizationId: string) =>
  sql<{ id: string; rule: string }>(
    `select p.id, 'stages' as rule from pipelines p
     left join pipeline_stages s on s.pipeline_id = p.id
     where p.organization_id = $1
     group by p.id
     having max(s."order") is distinct from count(*)
       or not bool_or(s.is_active and not s.is_closed_won and not s.is_closed_lost)
     union all
     select o.id, 'default' from organizations o
     where o.id = $1
       and 1 <> (select count(*) from pipelines p where p.organization_id = o.id and p.is_default and p.is_active)
     union all
     select d.id, 'stage' from deals d join pipeline_stages s on s.id = d.stage_id
     where d.organization_id = $1
       and (s.pipeline_id <> d.pipeline_id
         or s.is_closed_won and d.status <> 'WON' or s.is_closed_lost and d.status <> 'LOST')
     union all
     select d.id, 'history' from deals d, lateral (
       select * from deal_stage_changes h where h.deal_id = d.id order by changed_at desc, id desc limit 1
     ) last
     where d.organization_id = $1
       and (last.to_stage_id is distinct from d.stage_id or last.to_status <> d.status)
     union all
     select id, 'buyer' from deals
     where organization_id = $1 and customer_id is null and (lead_id is null or status = 'WON')
     union all
     select id, 'dates' from employees
     where organization_id = $1
       and (employment_type = 'CONTRACT' and hire_date is null or hire_date > termination_date)
     union all
     select e.id, 'managers' from employees e
     where e.organization_id = $1
       and exists (
         with recursive above as (
           select e.manager_id as id
           union select m.manager_id from above join employees m on m.id = above.id
         )
         select from above where above.id = e.id
       )`,
    [organizationId],
  );
