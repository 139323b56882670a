/** An element with properties and children, of which texts become text nodes. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const find = (id) => document.getElementById(id);

/** Rows of a table; the first cell of each is its heading. */
export const tableRow = ([first, ...others], scope = 'row') =>
  element(
    'tr',
    {},
    element('th', { scope }, first),
    ...others.map((cell) => element(scope === 'col' ? 'th' : 'td', scope === 'col' ? { scope } : {}, cell)),
  );
