// The contents page: what the log adds to the schema.

import { ChangeFields, FieldChangeLabels } from './change-fields.js';
import { ChangeSetFields } from './change-set-fields.js';
import { histories } from './history.js';
import { LogResolver } from './log.resolver.js';
import './reasons.js';
import { UndoConflictFields, UndoResolver, UndoRowFields } from './undo/undo.resolver.js';
import { UndoLinks } from './undo-links.js';

export const logResolvers = [
  LogResolver,
  ChangeFields,
  FieldChangeLabels,
  ChangeSetFields,
  UndoLinks,
  ...histories,
  UndoResolver,
  UndoRowFields,
  UndoConflictFields,
] as const;

export { logRules } from './log.rules.js';
export { logTables } from './prices.js';
export { RecordType } from './record-types.js';
