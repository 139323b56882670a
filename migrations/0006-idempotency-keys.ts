import { Migration } from '@mikro-orm/migrations';
import { activeUser } from './policies.js';

/** Answers to mutations with an idempotency key, which repeated requests get. */
export class IdempotencyKeys extends Migration {
  override up(): void {
    this.addSql(`
      create table idempotency_keys (
        user_id uuid not null,
        scope text not null,
        request text not null,
        answer text not null,
        created_at timestamptz(3) not null,
        primary key (user_id, scope),
        constraint idempotency_keys_user_id_foreign foreign key (user_id) references users (id) on delete cascade
      )`);
    this.addSql('create index idempotency_keys_created_index on idempotency_keys (user_id, created_at)');
    this.addSql('alter table idempotency_keys enable row level security, force row level security');
    this.addSql(`
      create policy own on idempotency_keys using ((user_id = ${activeUser})) with check ((user_id = ${activeUser}))`);
    this.addSql('grant select, insert, update, delete on idempotency_keys to crm_app');
  }
}
