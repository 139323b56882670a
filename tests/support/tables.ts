import { sql } from './database.js';

export const tables = () =>
  sql<{ name: string; enabled: boolean; forced: boolean; owner: string; tenant: boolean }>(
    `select relname as name, relrowsecurity as enabled, relforcerowsecurity as forced,
       pg_get_userbyid(relowner) as owner,
       exists (select from pg_attribute where attrelid = c.oid and attname = 'organization_id' and attnotnull) as tenant
     from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
  );
