import { Migration } from '@mikro-orm/migrations';
import { lostReferences } from './policies.js';

const aboutActivities = ['customer_id', 'lead_id', 'deal_id', 'vendor_id', 'assigned_to_id', 'created_by_id'];

/**
 * Activities may be about vendors, employees and vendors have tags, and pipelines and stages the key of another system.
 *
 * No row is written: new references and keys are null, and lists of texts get a default, which servers of the previous
 * version need to insert employees and vendors.
 */
export class LaterColumns extends Migration {
  override up(): void {
    // The policies would hide the rows that the foreign key checks from the owner.
    for (const table of ['activities', 'vendors']) this.addSql(`alter table ${table} no force row level security`);
    this.addSql(`
      alter table activities
        alter tags set default '{}',
        alter attendees set default '{}',
        add vendor_id uuid,
        add constraint activities_organization_id_vendor_id_foreign
          foreign key (organization_id, vendor_id) references vendors (organization_id, id)
          on delete set null (vendor_id)`);
    for (const table of ['activities', 'vendors']) this.addSql(`alter table ${table} force row level security`);
    // Only activities about vendors are in it, so that it is built at once.
    this.addSql(`
      create index activities_vendor_index on activities (organization_id, vendor_id, created_at, id)
        where (vendor_id is not null)`);
    this.addSql('drop trigger lose_reference on activities');
    this.addSql(lostReferences('activities', aboutActivities));
    for (const table of ['customers', 'leads', 'deals'])
      this.addSql(`alter table ${table} alter tags set default '{}'`);
    for (const table of ['employees', 'vendors'])
      this.addSql(`
        alter table ${table}
          add tags text[] not null default '{}',
          add constraint ${table}_tags_check check ((array_position(tags, null::text) is null))`);
    for (const table of ['pipelines', 'pipeline_stages']) {
      this.addSql(`
        alter table ${table}
          add external_id text,
          add constraint ${table}_external_key unique (organization_id, external_id)`);
      this.addSql(`create index ${table}_created_index on ${table} (organization_id, created_at, id)`);
    }
  }
}
