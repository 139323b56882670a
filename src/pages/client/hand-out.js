import { byteOrderMark } from './csv.js';

/** So many rows a browser holds with ease; a script is the better way to more. */
export const mostRows = 50_000;

/** Puts a text on the clipboard that may come later: asked for at once, since a click allows it for moments only. */
export async function copy(text) {
  if (!navigator.clipboard?.write) throw new Error('Browsers copy on https pages only.');
  const blob = text.then((ready) => new Blob([ready], { type: 'text/plain' }));
  await Promise.all([text, navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })])]);
}

/** Saves a CSV under a name that ends with today. */
export function save(name, csv) {
  const href = URL.createObjectURL(new Blob([byteOrderMark, csv], { type: 'text/csv;charset=utf-8' }));
  const download = `${name}-${new Date().toLocaleDateString('en-CA')}.csv`;
  Object.assign(document.createElement('a'), { href, download }).click();
  // Once the browser has begun to write it.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
  return download;
}
