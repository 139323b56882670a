import { Migration } from '@mikro-orm/migrations';
import { eraseFromLog } from './log-functions.js';
import { asDefiner, replacedFunction } from './policies.js';

/**
 * From now on the log keeps the customer of an erased deal or activity, so that readers who follow that customer learn
 * of the erasure. Writes no row.
 */
export class ErasedReferences extends Migration {
  override up(): void {
    for (const statement of asDefiner(replacedFunction(...eraseFromLog))) this.addSql(statement);
  }
}
