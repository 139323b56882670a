import { byteOrderMark } from './csv.js';

/** Rows that a browser can easily hold in memory; for more, a script is better. */
export const mostRows = 50_000;

/** Copies a promised text. Browsers allow this only right after a click, so the clipboard gets the promise at once. */
export async function copy(text) {
  if (!navigator.clipboard?.write) throw new Error('Browsers allow copying on https pages only.');
  const blob = text.then((resolved) => new Blob([resolved], { type: 'text/plain' }));
  await Promise.all([text, navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })])]);
}

/** Saves CSV as a download whose name ends with the current date. */
export function save(name, csv) {
  const download = `${name}-${new Date().toLocaleDateString('en-CA')}.csv`;
  saveBlob(download, new Blob([byteOrderMark, csv], { type: 'text/csv;charset=utf-8' }));
  return download;
}

export const saveText = (name, text) => saveBlob(name, new Blob([text], { type: 'text/plain;charset=utf-8' }));

function saveBlob(download, blob) {
  const href = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href, download }).click();
  // Late enough for the browser to have begun the download.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
