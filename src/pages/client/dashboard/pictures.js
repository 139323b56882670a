import { find } from '../element.js';
import { amountIn, count, counted, money, moneyIn, moniesOf, short } from '../format.js';
import { overlap } from './days.js';
import { showPicture } from './picture.js';

const mostPerformers = 10;
const units = { DAY: 'day', WEEK: 'week', MONTH: 'month', YEAR: 'year' };

/** Codes of all currencies with money in a picture, the organization's first. */
export function currenciesOf({ stages, revenue, performers }, organizationCurrency) {
  const measures = [
    ...(stages?.byStage ?? []).map(({ totalValue }) => totalValue),
    ...[...(revenue?.groups ?? []), ...(performers?.groups ?? [])].map(({ sum }) => sum.value),
  ];
  const found = new Set(measures.flatMap(moniesOf).map(({ currency }) => currency));
  return [...found].sort(
    (first, second) =>
      Number(second === organizationCurrency) - Number(first === organizationCurrency) || first.localeCompare(second),
  );
}

/** Shows all pictures; `currency` is that of the bars, and `isOnly` says whether it is the only one. */
export function showPictures(figures, scope, { currency, isOnly, isEverMeasured }) {
  const choice = { currency, isOnly };
  showRevenue(figures.revenue, scope, choice, isEverMeasured);
  showStages(figures.stages, scope, choice);
  showPerformers(figures.performers, scope, choice);
  showFunnel(figures, scope);
}

/** Text for the value of deals, which may all lack one. */
const worth = (deals, measure) =>
  deals && !moniesOf(measure).length ? `${counted(deals, 'deal')} without a value` : money(measure);

const described = (deals, measure) =>
  moniesOf(measure).length ? `${counted(deals, 'deal')}, ${money(measure)}` : worth(deals, measure);

/** Settings for bars of money in one currency, with a note about the amounts in other currencies. */
const inMoney = (measure, { currency, isOnly }) => ({
  value: (row) => moneyIn(currency, measure(row)),
  tick: (value) => short(value, currency),
  ...(!isOnly && { within: { currency: { eq: currency } }, note: (rows) => besides(rows.map(measure), currency) }),
});

function besides(measures, currency) {
  const sums = new Map();
  for (const { currency: code, amount } of measures.flatMap(moniesOf))
    if (code !== currency) sums.set(code, (sums.get(code) ?? 0) + Number(amount));
  const amounts = [...sums].map(([code, amount]) => amountIn(amount, code)).join(' + ');
  return `, in ${currency}${amounts && ` (besides ${amounts})`}`;
}

function showRevenue(revenue, { won, bars, unit }, choice, isEverMeasured) {
  find('revenue-title').textContent = `Revenue by ${units[unit]}`;
  find('revenue-about').textContent = `Value of won deals by close date${isEverMeasured ? ', last 12 months' : ''}`;
  showPicture('revenue', {
    rows: revenue?.groups ?? null,
    isEmpty: (rows) => rows.every((row) => row.count === 0),
    columns: {
      [units[unit].replace(/^./, (letter) => letter.toUpperCase())]: ({ keys }) => keys[0].label,
      Revenue: ({ sum }) => money(sum.value),
      'Won deals': (row) => count(row.count),
    },
    label: ({ keys }) => keys[0].label,
    ...inMoney(({ sum }) => sum.value, choice),
    describe: ({ keys, sum, count: deals }) => `${keys[0].label}: ${described(deals, sum.value)}`,
    opens: ({ keys: [{ label, startDate, endDate }] }) => ({
      kind: 'deals',
      title: `Won deals, ${label}`,
      filter: won,
      // The first and the last period may extend beyond the range.
      period: { field: 'ACTUAL_CLOSE_DATE', ...overlap({ from: startDate, to: endDate }, bars) },
    }),
  });
}

function showStages(stats, { open, pipelineId }, choice) {
  const inUse = new Set(stats?.byStage?.filter((row) => row.count).map(({ stage }) => stage.pipeline.name));
  const isShown = ({ stage }) =>
    !stage.isClosedWon && !stage.isClosedLost && (pipelineId || inUse.has(stage.pipeline.name));
  const rows = stats?.byStage?.filter(isShown) ?? null;
  const areSeveral = !pipelineId && new Set(rows?.map(({ stage }) => stage.pipeline.name)).size > 1;
  const label = ({ stage }) => (areSeveral ? `${stage.name} (${stage.pipeline.name})` : stage.name);
  showPicture('stages', {
    rows,
    isEmpty: (all) => all.every((row) => row.count === 0),
    columns: {
      Stage: label,
      'Open deals': (row) => count(row.count),
      Value: ({ count: deals, totalValue }) => worth(deals, totalValue),
    },
    label,
    ...inMoney(({ totalValue }) => totalValue, choice),
    describe: (row) => `${label(row)}: ${described(row.count, row.totalValue)}`,
    opens: (row) => ({
      kind: 'deals',
      title: `Open deals, ${label(row)}`,
      filter: { ...open, stageId: { eq: row.stage.id } },
    }),
    lying: true,
  });
}

function showFunnel({ leads, opportunities }, { leads: owned, deals, leadsCreated, dealsCreated }) {
  const qualified = { or: [{ qualificationStatus: { eq: 'QUALIFIED' } }, { isConverted: { eq: true } }] };
  const step = (name, size, share, opens) => ({ name, size, share, opens: { title: name, ...opens } });
  const steps = [];
  if (leads) {
    const { count: all, qualified: good } = leads.total;
    const rows = { kind: 'leads', period: leadsCreated };
    steps.push(step('Leads', all, '', { ...rows, filter: owned }));
    steps.push(
      step('Qualified leads', good, share(good, all, 'leads'), { ...rows, filter: { ...owned, ...qualified } }),
    );
  }
  if (opportunities) {
    const { count: all, won } = opportunities.total;
    const rows = { kind: 'deals', period: dealsCreated };
    steps.push(step('Deals', all, '', { ...rows, filter: deals }));
    steps.push(
      step('Won of these', won, share(won, all, 'deals'), { ...rows, filter: { ...deals, status: { eq: 'WON' } } }),
    );
  }
  showPicture('funnel', {
    rows: steps.length ? steps : null,
    isEmpty: (rows) => rows.every(({ size }) => size === 0),
    columns: { Step: ({ name }) => name, Number: ({ size }) => count(size), Share: (row) => row.share },
    label: ({ name }) => name,
    value: ({ size }) => size,
    tick: (value) => (Number.isInteger(value) ? count(value) : ''),
    describe: ({ name, size, share: of }) => `${name}: ${count(size)}${of && `, ${of}`}`,
    opens: ({ opens }) => opens,
    lying: true,
  });
}

const share = (part, whole, of) => (whole ? `${count(Math.round((part / whole) * 100))} % of ${of}` : '');

function showPerformers(performers, { won, closed }, choice) {
  const worthOf = ({ sum }) => moneyIn(choice.currency, sum.value) ?? 0;
  const rows = performers?.groups
    ?.filter(({ isOther }) => !isOther)
    .sort((first, second) => worthOf(second) - worthOf(first) || second.count - first.count)
    .slice(0, mostPerformers);
  const name = ({ keys: [{ value, label }] }) => (value ? label : 'Nobody');
  showPicture('performers', {
    rows: rows ?? null,
    isEmpty: (all) => all.length === 0,
    columns: {
      Owner: name,
      Revenue: ({ sum }) => money(sum.value),
      'Won deals': (row) => count(row.count),
    },
    label: name,
    isBar: worthOf,
    ...inMoney(({ sum }) => sum.value, choice),
    describe: (row) => `${name(row)}: ${described(row.count, row.sum.value)}`,
    opens: (row) => {
      const [{ value }] = row.keys;
      return {
        kind: 'deals',
        title: `Won deals, ${name(row)}`,
        filter: { ...won, assignedToId: value ? { eq: value } : { isNull: true } },
        period: closed,
      };
    },
    lying: true,
  });
}
