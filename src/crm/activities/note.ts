import { nameFrom } from '../../platform/records/text.js';
import { Activity } from './activity.js';
import type { About } from './activity-about.js';

interface NoteText {
  title?: string;
  text?: string | null;
  isPinned?: boolean;
}

/** A note, which is complete as soon as it is written. */
export function noteAbout(
  about: About,
  createdById: string | null,
  { title, text = null, isPinned = false }: NoteText,
): Activity {
  const note = new Activity();
  note.organizationId = (about.customer ?? about.lead)!.organizationId;
  note.activityType = 'NOTE';
  note.setStatus('COMPLETED');
  note.title = title ?? firstLine(text ?? '');
  note.description = text;
  note.isPinned = isPinned;
  note.createdById = createdById;
  note.link(about);
  return note;
}

/** The default title: the first line of the text, or `Untitled` if that line shows nothing. */
export const firstLine = (text: string): string => nameFrom(text.split(/\r?\n/)[0]!, 255) || 'Untitled';
