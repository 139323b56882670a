import type { Viewer } from '../../platform/auth/viewer.js';
import { instant, type QueryRunner, sql } from '../../platform/database/sql.js';

/** A session as its user sees it. */
export interface ListedSession {
  id: string;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
  userAgent: string | null;
  ipAddress: string | null;
  isCurrent: boolean;
}

/** The sessions in which the viewer is signed in, the one that was used last first. */
export const sessionsOf = (database: QueryRunner, { userId, sessionId }: Viewer): Promise<ListedSession[]> =>
  database.query<ListedSession>(sql`
    select s.id, s.user_agent as "userAgent", s.ip_address as "ipAddress",
      s.id = ${sessionId}::uuid as "isCurrent", ${instant(sql`s.created_at`)} as "createdAt",
      ${instant(sql`s.last_used_at`)} as "lastUsedAt", ${instant(sql`live.ends_at`)} as "expiresAt"
    from sessions s
    cross join lateral (
      select least(s.expires_at, s.last_used_at + interval '7 days') as ends_at
    ) live
    where s.user_id = ${userId}::uuid
      and s.revoked_at is null
      and live.ends_at > now()
    order by s.last_used_at desc, s.id`);
