/** A control of a form of choices, with its label. */
export const choice = (label: string, control: string, hidden = false): string =>
  `<label${hidden ? ' hidden' : ''}>${label} ${control}</label>`;

// While somebody types 2026, the field has the years 2, 20 and 202 first; these limits make them invalid.
const sensible = 'min="1970-01-01" max="2199-12-31"';

export const dayField = (id: string): string => `<input id="${id}" type="date" ${sensible}>`;
