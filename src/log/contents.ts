// The contents page: what the log adds to the schema.

import { ChangeFields, FieldChangeLabels } from './change-fields.js';
import { ChangeSetFields } from './change-set-fields.js';
import { histories } from './history.js';
import { LiveResolver } from './live/live.resolver.js';
import { LogResolver } from './log.resolver.js';
import './reasons.js';
import { UndoConflictFields, UndoResolver, UndoRowFields } from './undo/undo.resolver.js';
import { UndoLinks } from './undo-links.js';
import { WebhookFields, WebhookResolver } from './webhooks/contents.js';

export const logResolvers = [
  LogResolver,
  LiveResolver,
  ChangeFields,
  FieldChangeLabels,
  ChangeSetFields,
  UndoLinks,
  ...histories,
  UndoResolver,
  UndoRowFields,
  UndoConflictFields,
  WebhookResolver,
  WebhookFields,
] as const;

export { logEntities } from './entities.js';
export { aboutSubscriptions } from './live/about.js';
export { liveLogOf } from './live/live-log.js';
export { logRules, primaryQueries } from './log.rules.js';
export { logTables } from './prices.js';
export { RecordType } from './record-types.js';
export { resealWebhookSecrets, WebhookWorker, webhookAnswersWithSecrets, webhookRules } from './webhooks/contents.js';
