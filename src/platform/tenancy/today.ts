import type { Viewer } from '../auth/viewer.js';

const formats = new Map<string, Intl.DateTimeFormat>();

/** The current day in the time zone of the active organization. */
export const today = ({ organization }: Viewer): string => todayIn(organization!.timeZone);

export function todayIn(timeZone: string): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timeZone, format);
  }
  return format.format(new Date());
}
