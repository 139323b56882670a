import type { InputFault } from '../../platform/records/inputs.js';

export const endsTooEarly = (hireDate: string | null, terminationDate: string | null): boolean =>
  hireDate !== null && terminationDate !== null && hireDate > terminationDate;

export const endsBeforeItBegins = (path: string): InputFault => ({
  path,
  code: 'OUT_OF_RANGE',
  message: 'the last day must not be before the first day',
});
