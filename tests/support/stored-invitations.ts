import { v7 } from 'uuid';
import { idOf } from './database.js';
import type { Tenant } from './tenant.js';

/** An invitation that the server, which sends no mail, could not have made; by the owner. */
export const storedInvitation = (
  { id, owner }: Tenant,
  email: string,
  outcome: string | null = null,
): Promise<string> =>
  idOf(
    `insert into invitations (organization_id, id, created_at, updated_at, email, invited_by_id, expires_at,
       last_sent_at, outcome)
     values ($1, $2, now(), now(), $3, $4, now() + interval '7 days', now(), $5)
     returning id`,
    [id, v7(), email, owner.id, outcome],
  );
