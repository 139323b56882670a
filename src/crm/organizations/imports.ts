import { demand, type Viewer } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { argumentRule, type Rule } from '../../platform/permissions/rules.js';
import { Instant } from '../../platform/records/decorators.js';
import type { InputFault } from '../../platform/records/inputs.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { PermissionName } from '../permissions.js';

/** Imported records keep their creation time, since figures depend on it. */
export class Imported {
  @Instant({
    description:
      'Creation time of a record imported from another system, not in the future. Needs organization:update.',
  })
  createdAt?: string;
}

export const createdInThePast = ({ createdAt }: Imported, viewer: Viewer | null): InputFault[] =>
  createdAt && new Date(createdAt) > viewer!.now
    ? [{ path: 'createdAt', code: 'OUT_OF_RANGE', message: 'must not be in the future' }]
    : [];

/** Throws FORBIDDEN if a caller without organization:update gives a creation time. */
export function demandImport(viewer: Viewer, input: Imported | null | undefined): void {
  if (input?.createdAt != null) demand(viewer, 'organization:update');
}

interface Creation {
  input?: Imported;
  /** Rows of a bulk call. */
  rows?: ({ input?: Imported | null } | null)[];
}

const creation = (permission: PermissionName): Rule =>
  argumentRule<Creation>(
    `${permission}, and organization:update to set \`createdAt\``,
    ({ input, rows = [] }, viewer) => {
      demand(viewer, permission);
      demandImport(viewer, input);
      for (const row of rows) demandImport(viewer, row?.input);
    },
  );

/** The permission to create records, and organization:update for those with a creation time. */
export const creating = {
  customer: creation('customer:create'),
  lead: creation('lead:create'),
  deal: creation('deal:create'),
  activity: creation('activity:create'),
};

interface Closing {
  createdAt: string;
  /** Default today. */
  closedOn: string | null;
}

/**
 * End of the closing day in the organization's time zone, at most now; null if the record was created after that day.
 */
export const endOfDay = (context: ActionContext, closing: Closing): Promise<Date | null> =>
  context.batch(endsOfDays, closing);

async function endsOfDays(context: ActionContext, closings: readonly Closing[]): Promise<(Date | null)[]> {
  const { timeZone } = organizationOf(context);
  const rows = await context.query<{ ends: Date | null }>(
    sql`select
        case when (c.created_at at time zone ${timeZone})::date <= c.closed_on
          then least(now(), start_of_day(c.closed_on + 1, ${timeZone}) - interval '1 ms')
        end as ends
      from (
        select t.created_at, coalesce(t.closed_on, (now() at time zone ${timeZone})::date) as closed_on, t.place
        from unnest(
          ${closings.map(({ createdAt }) => createdAt)}::timestamptz[],
          ${closings.map(({ closedOn }) => closedOn)}::date[]
        ) with ordinality as t(created_at, closed_on, place)
      ) c
      order by c.place`,
  );
  return rows.map(({ ends }) => ends);
}
