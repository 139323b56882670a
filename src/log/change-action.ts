import { declareEnum } from '../platform/schema/enums.js';

export const ChangeAction = declareEnum(
  'ChangeAction',
  'The kind of a change.',
  {
    CREATED: 'The record was created.',
    UPDATED: 'Fields of the record changed.',
    DELETED: 'The record was deleted.',
    ERASED: 'The values of the deleted record were blanked in the log: whoever has stored them erases them as well.',
  },
  'the kind of a change',
);
export type ChangeAction = keyof typeof ChangeAction;
