import { demand, type Viewer } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { argumentRule, type Rule } from '../../platform/permissions/rules.js';
import { Instant } from '../../platform/records/decorators.js';
import type { InputFault } from '../../platform/records/inputs.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { PermissionName } from '../permissions.js';

/** Records brought along from another system keep the time of their creation, without which no figure would be true. */
export class Imported {
  @Instant({
    description: 'When it was created, for history brought along from another system; past. Needs organization:update.',
  })
  createdAt?: string;
}

export const createdInThePast = ({ createdAt }: Imported): InputFault[] =>
  createdAt && new Date(createdAt) > new Date()
    ? [{ path: 'createdAt', code: 'OUT_OF_RANGE', message: 'must not be in the future' }]
    : [];

/** Throws FORBIDDEN where somebody without organization:update says when a record was created. */
export function demandImport(viewer: Viewer, input: Imported | null | undefined): void {
  if (input?.createdAt != null) demand(viewer, 'organization:update');
}

interface Creation {
  input?: Imported;
  /** Of a bulk call. */
  rows?: ({ input?: Imported | null } | null)[];
}

const creation = (permission: PermissionName): Rule =>
  argumentRule<Creation>(`${permission}; organization:update with createdAt`, ({ input, rows = [] }, viewer) => {
    demand(viewer, permission);
    demandImport(viewer, input);
    for (const row of rows) demandImport(viewer, row?.input);
  });

/** The permission to create one record or many; with a time of creation organization:update, too. */
export const creating = {
  customer: creation('customer:create'),
  lead: creation('lead:create'),
  deal: creation('deal:create'),
  activity: creation('activity:create'),
};

interface Closing {
  createdAt: string;
  /** Today unless given. */
  closedOn: string | null;
}

/** When a day ended in the organization's time zone, now at the latest; null where the record was created later. */
export const endOfDay = (acting: ActionContext, closing: Closing): Promise<Date | null> =>
  acting.batch(endsOfDays, closing);

async function endsOfDays(acting: ActionContext, closings: readonly Closing[]): Promise<(Date | null)[]> {
  const { timeZone } = organizationOf(acting);
  const rows = await acting.query<{ ends: Date | null }>(
    sql`select
        case when (c.created_at at time zone ${timeZone})::date <= c.closed_on
          then least(now(), (c.closed_on + 1)::timestamp at time zone ${timeZone} - interval '1 ms')
        end as ends
      from (
        select t.created_at, coalesce(t.closed_on, (now() at time zone ${timeZone})::date) as closed_on, t.place
        from unnest(${closings.map((one) => one.createdAt)}::timestamptz[], ${closings.map((one) => one.closedOn)}::date[])
          with ordinality as t(created_at, closed_on, place)
      ) c
      order by c.place`,
  );
  return rows.map(({ ends }) => ends);
}
