import type { Viewer } from '../auth/viewer.js';

/** The current day in the time zone of the active organization, as the database had it when it looked up who asks. */
export const today = ({ organization }: Viewer): string => organization!.today;
