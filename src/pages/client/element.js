/** Creates an element with properties and children; strings become text nodes. */
export function element(name, properties = {}, ...children) {
  const created = Object.assign(document.createElement(name), properties);
  created.append(...children);
  return created;
}

export const find = (id) => document.getElementById(id);

/** A row of a table, with its first cell as the heading. */
export const tableRow = ([first, ...rest], scope = 'row') =>
  element(
    'tr',
    {},
    element('th', { scope }, first),
    ...rest.map((cell) => element(scope === 'col' ? 'th' : 'td', scope === 'col' ? { scope } : {}, cell)),
  );
