import type { Viewer } from '../auth/viewer.js';
import { type QueryRunner, sql } from '../database/sql.js';

/** The current day in the active organization's time zone, as the database gave it when it looked up the viewer. */
export const today = ({ organization }: Viewer): string => organization!.today;

/** The current day in a time zone. */
export async function todayIn(read: QueryRunner & { readonly viewer: Viewer }, timeZone: string): Promise<string> {
  if (timeZone === read.viewer.organization?.timeZone) return today(read.viewer);
  const [row] = await read.query(sql`select (now() at time zone ${timeZone}::text)::date::text as today`);
  return row!.today as string;
}
