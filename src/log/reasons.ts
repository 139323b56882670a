import { addReasons, repeatReasons } from '../platform/schema/error-reasons.js';
import { mostUndone, undoDays } from './undo-limits.js';

addReasons('CONFLICT', {
  ACCESS_CHANGE: [
    'The change set decided who may do what (memberships, roles, API keys, webhooks, accounts of employees), so it ' +
      'cannot be undone: change it back by hand.',
    'undoChangeSet',
  ],
  UNDO_TOO_LATE: [`Change sets can be undone for ${undoDays} days.`, 'undoChangeSet'],
  UNDO_TOO_LARGE: [
    `Change sets of more than ${mostUndone.toLocaleString('en')} changes cannot be undone.`,
    'undoChangeSet',
  ],
  FIELD_CHANGED: [
    'A field was changed again, so it is not put back; `conflicts` of the row names it.',
    'undoChangeSet',
  ],
  RECORD_CHANGED: ['A record that the change set created was changed since, so it is not deleted.', 'undoChangeSet'],
  RECORD_IN_USE: [
    'Other records refer to a record that the change set created, so it is not deleted.',
    'undoChangeSet',
  ],
  RECORD_GONE: ['A record that the change set changed was deleted since.', 'undoChangeSet'],
  RECORD_ERASED: ['The values of the record were erased for good.', 'undoChangeSet'],
  SCHEMA_CHANGED: [
    'A record has former values that the present version of the server cannot store, or lacks one that it demands.',
    'undoChangeSet',
  ],
  REFERENCE_GONE: ['A record to be put back refers to one that was deleted since.', 'undoChangeSet'],
  CONTRADICTION: [
    'With its former values, a record would contradict itself or others, which have changed since: a pipeline ' +
      'without a default or an open stage, a deal on a stage of another outcome or without a customer, or a manager ' +
      'who reports to the employee.',
    'undoChangeSet',
  ],
  VALUE_TAKEN: ['Another record has a unique value of a record to be put back.', 'undoChangeSet'],
});

for (const noun of ['Customer', 'Lead', 'Deal', 'Activity', 'Employee', 'Vendor'])
  repeatReasons('eraseRecord', `delete${noun}`);
