import { Migration } from '@mikro-orm/migrations';
import { eraseFromLog } from './log-functions.js';
import { asDefiner, replacedFunction } from './policies.js';

/**
 * What is erased from now on keeps in the log to which customer it belonged, so that readers who follow that customer
 * learn of it. No row is written.
 */
export class ErasedReferences extends Migration {
  override up(): void {
    for (const statement of asDefiner(replacedFunction(...eraseFromLog))) this.addSql(statement);
  }
}
