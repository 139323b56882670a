import { Migration } from '@mikro-orm/migrations';
import { definerPolicy } from './policies.js';

/** A backup is read as crm_definer, which could not read the keys that make a request safe to send again. */
export class Backups extends Migration {
  override async up(): Promise<void> {
    this.addSql(definerPolicy('idempotency_keys'));
    this.addSql('grant select on idempotency_keys to crm_definer');
  }
}
