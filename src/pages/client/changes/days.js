import { element, find } from '../element.js';
import { momentsIn } from '../format.js';
import { markUndone } from './list.js';

const items = () => [...find('list').querySelectorAll('.entries > li')];

/** Lists of entries under the days on which they happened; `entryOf` makes an entry. */
export class Days {
  #moments;
  #entryOf;

  constructor(timeZone, entryOf) {
    this.#moments = momentsIn(timeZone);
    this.#entryOf = entryOf;
    this.clear();
  }

  get isEmpty() {
    return !items().length;
  }

  clear() {
    find('list').replaceChildren();
  }

  /** Appends entries, without those that are listed already. */
  add(nodes) {
    const known = new Set(items().map(({ dataset }) => dataset.id));
    let previous = items().at(-1);
    for (const node of nodes) if (!known.has(node.id)) previous = this.#insert(node, previous);
  }

  /** Brings the first page up to date; false, without a change, if entries between it and the list may be missing. */
  renew({ nodes, pageInfo }) {
    const known = new Map(items().map((item) => [item.dataset.id, item]));
    const lastShared = nodes.findLast(({ id }) => known.has(id))?.id;
    if (!lastShared && pageInfo.hasNextPage) return false;
    const present = new Set(nodes.map(({ id }) => id));
    for (const [id, item] of known) {
      if (!present.has(id)) remove(item);
      if (id === lastShared && pageInfo.hasNextPage) break;
    }
    let previous = null;
    for (const node of nodes) {
      const item = known.get(node.id);
      if (item) adopt(item, this.#entry(node));
      previous = item ?? this.#insert(node, previous);
      // An older entry of this page of the list may be beyond the first page.
      if (!item && known.has(node.undoes?.id)) markUndone(known.get(node.undoes.id));
    }
    return true;
  }

  #entry(node) {
    const item = this.#entryOf(node, this.#moments.time(node.at));
    item.dataset.id = node.id;
    return item;
  }

  /** Inserts an entry after another one, or at the top. */
  #insert(node, previous) {
    const item = this.#entry(node);
    const day = this.#moments.day(node.at);
    const section = previous?.closest('section');
    const next = section ? section.nextElementSibling : find('list').firstElementChild;
    if (section?.dataset.day === day) previous.after(item);
    else if (next?.dataset.day === day) next.lastElementChild.prepend(item);
    else {
      const added = element('section', { className: 'card' }, element('h2', {}, day));
      added.append(element('ul', { className: 'entries' }, item));
      added.dataset.day = day;
      if (section) section.after(added);
      else find('list').prepend(added);
    }
    return item;
  }
}

function remove(item) {
  const section = item.closest('section');
  item.remove();
  if (!section.querySelector('li')) section.remove();
}

/** Gives an entry the texts of a newer one. Its button stays, so that it keeps the focus. */
function adopt(item, newer) {
  if (item.textContent === newer.textContent) return;
  const [button, newerButton] = [item, newer].map((one) => one.querySelector('button'));
  const hasFocus = button === document.activeElement;
  button.textContent = newerButton.textContent;
  newerButton.replaceWith(button);
  item.replaceChildren(...newer.childNodes);
  if (hasFocus) button.focus({ preventScroll: true });
}

/** Changes the list, and scrolls so that the entries on the screen stay where they are; at the top, new ones show. */
export function keepPlace(change) {
  const isAtTop = find('list').getBoundingClientRect().top >= 0;
  const topOf = (item) => item.getBoundingClientRect().top;
  const first = isAtTop ? null : items().find((item) => topOf(item) >= 0);
  const before = first && topOf(first);
  change();
  if (first?.isConnected) scrollBy({ top: topOf(first) - before, behavior: 'instant' });
}
