import { choice, dayField } from './choice.js';
import { type Page, renderPage } from './page.js';

const choices = [
  choice(
    'Show',
    `<select id="view">
          <option value="sets">Changes</option>
          <option value="deleted">Deleted records</option>
        </select>`,
  ),
  choice('Person', '<select id="person"></select>', true),
  choice('Type of record', '<select id="type"></select>'),
  choice(
    'Origin',
    `<select id="source">
          <option value="">All origins</option>
          <option value="API">API</option>
          <option value="UNDO">Undo</option>
          <option value="SEED">Loaded data</option>
          <option value="SYSTEM">Server or database</option>
        </select>`,
  ),
  choice('From', dayField('from')),
  choice('To', dayField('to')),
];

/** The dialog with a change set. */
const dialog = `
      <dialog id="set" aria-labelledby="set-title" aria-describedby="set-about">
        <header>
          <h2 id="set-title" tabindex="-1"></h2>
          <button id="set-close" type="button">Close</button>
        </header>
        <p id="set-about"></p>
        <p id="set-note" role="status"></p>
        <div id="set-changes" class="scroll" tabindex="0" role="group" aria-label="Its changes"></div>
        <div id="undo" class="scroll" tabindex="-1" role="group" aria-label="Its undo" hidden></div>
        <footer>
          <button id="set-more" type="button" hidden>Show more</button>
          <button id="rehearse" type="button" hidden>Undo …</button>
          <button id="undo-back" type="button" hidden>Back to the changes</button>
          <button id="undo-now" type="button" hidden></button>
          <a id="set-link">Open in the API explorer</a>
        </footer>
      </dialog>`;

interface HandOver {
  endpoint: Page['handOver']['endpoint'];
  /** Values of the enum `RecordType`. */
  recordTypes: readonly string[];
}

/** The page at `/changes`: the log of the organization, and its undo. It gets everything from the GraphQL API. */
export const changesPage = (handOver: HandOver): string =>
  renderPage({
    title: 'Changes',
    link: { href: '/dashboard', text: 'Dashboard' },
    more: '<a href="/">API explorer</a>',
    assets: 'changes',
    handOver,
    main: `<main id="changes" class="wide" aria-busy="false">
      <noscript><p class="note">This page needs JavaScript.</p></noscript>
      <p id="live" role="status"></p>
      <p id="note" class="note" role="status">Sign in above to see what changed.</p>
      <button id="retry" type="button" hidden>Try again</button>
      <form id="choice" aria-label="Choice of changes" hidden>
        ${choices.join('\n        ')}
      </form>
      <p id="about" hidden></p>
      <div id="list"></div>
      <button id="more" type="button" hidden>Show more</button>${dialog}
    </main>`,
  });
