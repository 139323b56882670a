import { type Acting, hold } from '../../platform/tenancy/acting.js';
import { Customer } from '../customers/customer.js';
import type { AddCustomerNoteInput } from './activity.inputs.js';
import { Activity } from './activity.js';

/** Writes a note about a customer, who stays as it is. */
export async function addCustomerNote(
  acting: Acting,
  customerId: string,
  { text, isPinned = false }: AddCustomerNoteInput,
): Promise<Activity> {
  const customer = await hold(acting, Customer, customerId, 'customerId');
  const note = Activity.note(customer, text, isPinned, acting.viewer.userId);
  acting.em.persist(note);
  await acting.em.flush();
  return note;
}
