import { renderPage } from '../platform/pages/page.js';

/** A card that `client/dashboard.js` fills; its list of figures reads without the picture. */
const picture = (id: string, title: string, about: string): string => `
        <section class="card picture" aria-labelledby="${id}-title">
          <h2 id="${id}-title">${title}</h2>
          <p class="about">${about}</p>
          <div class="canvas"><canvas id="${id}" role="img"></canvas></div>
          <p class="empty" hidden>Nothing here yet.</p>
          <details>
            <summary>As a table<span class="unseen">: ${title}</span></summary>
            <div class="scroll" tabindex="0" role="group" aria-label="Table: ${title}"><table id="${id}-table"></table></div>
          </details>
        </section>`;

/** The sales dashboard at `/dashboard`: all its figures come from the GraphQL API. */
export const dashboardPage = (endpoint: string): string =>
  renderPage({
    title: 'Sales dashboard',
    link: { href: '/', text: 'API explorer' },
    assets: 'dashboard',
    handOver: { endpoint },
    main: `<main id="dashboard" aria-busy="false">
      <noscript><p class="note">This page needs JavaScript.</p></noscript>
      <p id="note" class="note" role="status">Sign in above to see your organization's figures.</p>
      <button id="retry" type="button" hidden>Try again</button>
      <div id="figures" hidden>
        <form id="choice">
          <label>Period
            <select id="range" name="range">
              <option value="all">All time</option>
              <option value="30">Last 30 days</option>
              <option value="90">Last 90 days</option>
              <option value="365">Last 365 days</option>
            </select>
          </label>
        </form>
        <dl id="cards"></dl>
        <div class="pictures">
${[
  picture('revenue', 'Revenue by month', 'Value of won deals by close date, last 12 months.'),
  picture('stages', 'Pipeline by stage', 'Value of the deals now on each stage of the default pipeline.'),
  picture('funnel', 'Sales funnel', 'Leads and deals created in the period.'),
  picture('performers', 'Top performers', 'Value of deals won in the period.'),
].join('')}
        </div>
      </div>
    </main>`,
  });
