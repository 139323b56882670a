import { choice, dayField } from './choice.js';
import { renderPage } from './page.js';

/** A card that `client/dashboard/pictures.js` fills; its table has the same figures as the picture. */
const picture = (id: string, title: string, about: string): string => `
        <section class="card picture" aria-labelledby="${id}-title">
          <h2 id="${id}-title">${title}</h2>
          <p class="about">
            <span id="${id}-about">${about}</span><span class="note-of-bars"></span>.
          </p>
          <div class="canvas"><canvas id="${id}" role="img"></canvas></div>
          <p class="empty" hidden>Nothing here yet.</p>
          <details>
            <summary>As a table<span class="unseen">: ${title}</span></summary>
            <div class="scroll" tabindex="0" role="group" aria-label="Table: ${title}">
              <table id="${id}-table"></table>
            </div>
          </details>
        </section>`;

/** The dialog with the rows behind a bar. */
const rows = `
      <dialog id="rows" aria-labelledby="rows-title">
        <header>
          <h2 id="rows-title"></h2>
          <button id="rows-close" type="button">Close</button>
        </header>
        <p id="rows-note" role="status"></p>
        <div class="scroll" tabindex="0" role="group" aria-labelledby="rows-title"><table id="rows-table"></table></div>
        <footer>
          <button id="rows-more" type="button" hidden>Show more</button>
          <button id="rows-csv" type="button">Download CSV</button>
          <a id="rows-link">Open in the API explorer</a>
        </footer>
      </dialog>`;

/** The sales dashboard at `/dashboard`, which gets all its figures from the GraphQL API. */
export const dashboardPage = (endpoint: string): string =>
  renderPage({
    title: 'Sales dashboard',
    link: { href: '/changes', text: 'Changes' },
    more: '<a href="/">API explorer</a>',
    assets: 'dashboard',
    handOver: { endpoint },
    main: `<main id="dashboard" class="wide" aria-busy="false">
      <noscript><p class="note">This page needs JavaScript.</p></noscript>
      <p id="live" role="status"></p>
      <p id="note" class="note" role="status">Sign in above to see your organization's figures.</p>
      <button id="retry" type="button" hidden>Try again</button>
      <form id="choice" aria-label="Scope of the figures" hidden>
        ${choice(
          'Period',
          `<select id="range">
            <option value="all">All time</option>
            <option value="30">Last 30 days</option>
            <option value="90">Last 90 days</option>
            <option value="365">Last 365 days</option>
            <option value="own">From … to …</option>
          </select>`,
        )}
        ${choice('From', dayField('from'), true)}
        ${choice('To', dayField('to'), true)}
        ${choice('Pipeline', '<select id="pipeline"></select>', true)}
        ${choice('Owner', '<select id="owner"></select>', true)}
        ${choice('Currency of the bars', '<select id="currency"></select>', true)}
      </form>
      <div id="figures" hidden>
        <dl id="cards"></dl>
        <div class="pictures">
${[
  picture('revenue', 'Revenue by month', 'Value of won deals by close date'),
  picture('stages', 'Pipeline by stage', 'Value of the deals now open on each stage'),
  picture('funnel', 'Sales funnel', 'Leads and deals created in the period, and how many of them came further'),
  picture('performers', 'Top performers', 'Value of the deals that each owner won in the period'),
].join('')}
        </div>
      </div>${rows}
    </main>`,
  });
