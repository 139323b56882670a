import { Migration } from '@mikro-orm/migrations';
import { lostReferences } from './policies.js';

/** A record's version rises when a deletion clears one of its references. */
export class References extends Migration {
  override up(): void {
    // Runs once for all references that a statement clears: a deal loses its pipeline and its stage together. Uses the
    // clock instead of the transaction's time, since the row may have changed earlier in the transaction.
    this.addSql(`
      create function lose_reference() returns trigger language plpgsql as $$
        begin
          if old.updated_at <> statement_timestamp()::timestamptz(3) then
            new.version := old.version + 1;
            new.updated_at := greatest(old.updated_at, statement_timestamp());
          end if;
          return new;
        end
      $$`);
    this.addSql('revoke all on function lose_reference() from public');
    const references = {
      employees: ['user_id', 'manager_id', 'role_id'],
      customers: ['assigned_to_id', 'user_id', 'converted_from_lead_id'],
      activities: ['customer_id', 'lead_id', 'deal_id', 'assigned_to_id', 'created_by_id'],
      leads: ['assigned_to_id', 'converted_by_id', 'converted_customer_id'],
      deals: ['customer_id', 'lead_id', 'pipeline_id', 'stage_id', 'assigned_to_id'],
      vendors: ['assigned_to_id', 'user_id'],
      memberships: ['invited_by_id'],
      user_roles: ['assigned_by_id'],
    };
    for (const [table, columns] of Object.entries(references)) this.addSql(lostReferences(table, columns));
  }
}
