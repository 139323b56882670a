import { Migration } from '@mikro-orm/migrations';
import { requestViewer } from './0018-secrets-apart.js';
import { drawCodes } from './0021-active-callers.js';
import { requestApiKey } from './api-key-functions.js';
import { logNews } from './log-news.js';
import { asDefiner, keepingItsPlan, replacedFunction } from './policies.js';

/** Functions that requests call again and again keep their plans on PostgreSQL 15 to 17, too. Writes no row. */
export class KeptPlans extends Migration {
  override up(): void {
    const functions = [requestViewer, requestApiKey, drawCodes, logNews].map(keepingItsPlan);
    for (const statement of asDefiner(functions.flatMap((one) => replacedFunction(...one)))) this.addSql(statement);
  }
}
