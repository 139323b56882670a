import { currentSession, onSessionChange } from '../../platform/pages/client/session.js';
import { setUpSignIn } from '../../platform/pages/client/sign-in.js';
import { showBars } from './charts.js';
import { figuresOf } from './figures.js';
import { count, money, percent, short } from './format.js';

const find = (id) => document.getElementById(id);
const main = find('dashboard');
let newest = 0;

setUpSignIn();
onSessionChange(load);
find('range').addEventListener('change', load);
find('retry').addEventListener('click', load);
find('choice').addEventListener('submit', (event) => event.preventDefault());
load();

/** Whatever was asked last is shown, also when an earlier answer comes later. */
async function load() {
  newest += 1;
  const turn = newest;
  if (!currentSession()) return say("Sign in above to see your organization's figures.");
  main.setAttribute('aria-busy', 'true');
  if (find('figures').hidden) say('Loading the figures…');
  try {
    const figures = await figuresOf(find('range').value);
    if (turn === newest) show(figures);
  } catch ({ message }) {
    // An ended session has told so itself, and loads once more.
    if (turn === newest) say(message, { again: true });
  }
}

/** Words in place of figures. */
function say(text, { again = false } = {}) {
  main.setAttribute('aria-busy', 'false');
  find('note').textContent = text;
  find('retry').hidden = !again;
  find('figures').hidden = true;
}

function show({ organization, analytics }) {
  // The canvases must have their size before they are drawn on.
  find('figures').hidden = false;
  find('retry').hidden = true;
  find('note').textContent = organization.name;
  showCards(analytics.dashboard);
  showRevenue(analytics.revenueByPeriod);
  showStages(analytics.pipelineFunnel);
  showFunnel(analytics.salesFunnel);
  showPerformers(analytics.topPerformers);
  main.setAttribute('aria-busy', 'false');
}

function showCards({ customers, leads, deals, revenue }) {
  const growth = `${customers.growth > 0 ? '+' : ''}${percent(customers.growth)} new customers`;
  const cards = [
    ['Revenue won', money(revenue.total), `${count(deals.won)} won, ${count(deals.lost)} lost`],
    ['Open pipeline', money(revenue.pipelineValue), `${money(revenue.expected)} expected`],
    ['Open deals', count(deals.active), `${percent(deals.winRate)} win rate`],
    ['Customers', count(customers.total), growth],
    ['Leads', count(leads.total), `${percent(leads.conversionRate)} converted`],
  ];
  find('cards').replaceChildren(
    ...cards.map(([name, figure, more]) => {
      const card = element('div', '', 'card');
      card.append(element('dt', name), element('dd', figure, 'figure'), element('dd', more, 'more'));
      return card;
    }),
  );
}

function showRevenue(periods) {
  const { currency } = periods[0].revenue;
  showPicture('revenue', {
    rows: periods,
    isEmpty: periods.every(({ dealCount }) => dealCount === 0),
    columns: {
      Month: ({ period }) => period,
      Revenue: ({ revenue }) => money(revenue),
      'Won deals': ({ dealCount }) => count(dealCount),
    },
    label: ({ period }) => period,
    value: ({ revenue }) => Number(revenue.amount),
    tick: (value) => short(value, currency),
    describe: ({ period, revenue }) => `${period}: ${money(revenue)}`,
  });
}

function showStages(funnel) {
  const stages = funnel?.stages ?? [];
  showPicture('stages', {
    rows: stages,
    isEmpty: stages.every(({ dealCount }) => dealCount === 0),
    columns: {
      Stage: ({ stage }) => stage.name,
      Deals: ({ dealCount }) => count(dealCount),
      Value: ({ totalValue }) => money(totalValue),
    },
    label: ({ stage }) => stage.name,
    value: ({ totalValue }) => Number(totalValue.amount),
    tick: (value) => short(value, stages[0].totalValue.currency),
    describe: ({ stage, dealCount, totalValue }) => `${stage.name}: ${count(dealCount)} deals, ${money(totalValue)}`,
    lying: true,
  });
}

function showFunnel({ stages }) {
  showPicture('funnel', {
    rows: stages,
    isEmpty: stages.every((step) => step.count === 0),
    columns: {
      Step: ({ name }) => name,
      Number: (step) => count(step.count),
      'Of leads': ({ percentage }) => percent(percentage),
    },
    label: ({ name }) => name,
    value: (step) => step.count,
    tick: (value) => count(value),
    describe: (step) => `${step.name}: ${count(step.count)}, ${percent(step.percentage)} of leads`,
    lying: true,
  });
}

function showPerformers(performers) {
  showPicture('performers', {
    rows: performers,
    isEmpty: performers.every(({ deals }) => deals.won === 0),
    columns: {
      Employee: ({ employee }) => employee.fullName,
      'Won deals': ({ deals }) => count(deals.won),
      'Win rate': ({ deals }) => percent(deals.winRate),
      Revenue: ({ revenue }) => money(revenue.won),
    },
    label: ({ employee }) => employee.fullName,
    value: ({ revenue }) => Number(revenue.won.amount),
    tick: (value) => short(value, performers[0].revenue.won.currency),
    describe: ({ employee, deals, revenue }) =>
      `${employee.fullName}: ${money(revenue.won)} from ${count(deals.won)} deals`,
    lying: true,
  });
}

/** The same rows as bars and as a table. */
function showPicture(id, { rows, isEmpty, columns, label, value, describe, ...looks }) {
  const card = find(id).closest('section');
  card.querySelector('.empty').hidden = !isEmpty;
  for (const part of card.querySelectorAll('.canvas, details')) part.hidden = isEmpty;
  if (isEmpty) return;
  showBars(id, { labels: rows.map(label), values: rows.map(value), describe: (n) => describe(rows[n]), ...looks });
  const row = (cells) => {
    const line = document.createElement('tr');
    line.append(...cells);
    return line;
  };
  const heading = (text, scope) => Object.assign(element('th', text), { scope });
  find(`${id}-table`).replaceChildren(
    row(Object.keys(columns).map((name) => heading(name, 'col'))),
    ...rows.map((one) => {
      const [first, ...others] = Object.values(columns).map((cell) => cell(one));
      return row([heading(first, 'row'), ...others.map((text) => element('td', text))]);
    }),
  );
}

function element(name, text, className = '') {
  return Object.assign(document.createElement(name), { textContent: text, className });
}
