import { declareEnum } from '../platform/schema/enums.js';

export const ChangeAction = declareEnum(
  'ChangeAction',
  'The kind of a change.',
  { CREATED: 'The record was created.', UPDATED: 'Fields of the record changed.', DELETED: 'The record was deleted.' },
  'the kind of a change',
);
export type ChangeAction = keyof typeof ChangeAction;
