import { find } from '../element.js';

/** Shows a message in the dialog, or none. */
export function tell(text, { isProblem = false } = {}) {
  find('set-note').textContent = text;
  find('set-note').classList.toggle('problem', isProblem);
}
