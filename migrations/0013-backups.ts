import { Migration } from '@mikro-orm/migrations';
import { definerPolicy } from './policies.js';

/** Backups are read as crm_definer, which could not read idempotency keys. */
export class Backups extends Migration {
  override async up(): Promise<void> {
    this.addSql(definerPolicy('idempotency_keys'));
    this.addSql('grant select on idempotency_keys to crm_definer');
  }
}
