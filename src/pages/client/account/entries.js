import { element } from '../element.js';
import { presses } from './submits.js';

/** An entry of a list: a name, something about it, and buttons. */
export const entry = (text, quiet, ...buttons) =>
  element(
    'li',
    {},
    element('span', { className: 'about' }, text, element('span', { className: 'quiet' }, quiet)),
    element('span', { className: 'buttons' }, ...buttons),
  );

/** A button of an entry, which says for screen readers what it is about. */
export function button(text, about, problem, use) {
  const made = element('button', { type: 'button', ariaLabel: `${text}: ${about}` }, text);
  presses(made, problem, use);
  return made;
}

export const moment = (time) => new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
