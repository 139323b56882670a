import { expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { sql } from './support/database.js';
import { refusal } from './support/server.js';
import { newTenant } from './support/tenant.js';

const SetZone = gql`
  mutation ($id: ID!, $timezone: TimeZone) {
    updateOrganization(id: $id, input: { timezone: $timezone }) { timezone }
  }
`;
const Figures = gql`
  {
    analytics {
      dashboard { customers { growth } }
      revenueByPeriod(limit: 1) { startDate }
      forecast(months: 1) { months { startDate } }
    }
    dealAnalytics(groupBy: [{ field: CREATED_AT, granularity: DAY }]) { groups { count } }
    customerStats { newThisMonth }
    quickStats: analytics { quickStats { myOverdueActivities } }
  }
`;

/** Names that Node knows: those that it lists, and older ones that it takes for them. */
const ofNode = [
  ...Intl.supportedValuesOf('timeZone'),
  ...'CET EET MET WET EST MST HST EST5EDT CST6CDT MST7MDT PST8PDT CAT EAT IST AET ACT CST PST'.split(' '),
  ...'Cuba Egypt Eire GB GMT'.split(' '),
  ...'Zulu UCT Universal Japan NZ PRC ROC ROK Singapore Turkey US/Eastern Asia/Calcutta America/Buenos_Aires'.split(
    ' ',
  ),
  ...'Etc/GMT+5 Etc/UTC Africa/Casablanca Africa/El_Aaiun America/Edmonton'.split(' '),
];

test('every name that Node or the database knows works everywhere, or is refused at once', async () => {
  const { owner, id } = await newTenant();
  const ofDatabase = (await sql<{ name: string }>('select name from pg_timezone_names')).map(({ name }) => name);
  const both = new Set(ofDatabase.filter((name) => name.includes('/')));
  const accepted: string[] = [];
  for (const timezone of new Set([...ofNode, ...ofDatabase])) {
    const answer = owner.request(SetZone, { id, timezone });
    if (timezone === 'UTC' || (timezone.includes('/') && both.has(timezone) && isNodes(timezone))) {
      expect(await answer).toEqual({ updateOrganization: { timezone } });
      accepted.push(timezone);
    } else expect(await refusal(answer)).toMatchObject({ code: 'BAD_USER_INPUT' });
  }
  expect(accepted.length).toBeGreaterThan(400);
  // Places where the two release their data at different times, and where days begin far from each other.
  const odd = [
    'Africa/Casablanca',
    'Africa/El_Aaiun',
    'America/Edmonton',
    'Pacific/Kiritimati',
    'Etc/GMT+12',
    'Asia/Gaza',
  ];
  for (const timezone of [...odd, ...accepted.filter((_, n) => n % 40 === 0)]) {
    await owner.request(SetZone, { id, timezone });
    const [{ day }] = (await sql<{ day: string }>(`select (now() at time zone $1)::date::text as day`, [timezone])) as [
      { day: string },
    ];
    const { analytics } = await owner.request<{ analytics: { forecast: { months: { startDate: string }[] } } }>(
      Figures,
    );
    expect(analytics.forecast.months[0]!.startDate.slice(0, 7)).toBe(day.slice(0, 7));
  }
});

test('a day starts at the first minute that clocks show of it, also where they change about midnight', async () => {
  const days = [
    ...['Atlantic/Azores 2026-10-25', 'America/Havana 2026-11-01', 'Antarctica/Casey 2023-03-09'],
    ...['America/Sao_Paulo 2018-11-04', 'America/Sao_Paulo 2018-02-18', 'Africa/Cairo 2026-04-24'],
    ...['Pacific/Apia 2011-12-31', 'Australia/Lord_Howe 2026-04-05', 'Asia/Colombo 2006-04-15'],
    ...['Europe/Berlin 2026-10-25', 'UTC 2026-10-25', 'Asia/Kathmandu 2026-01-01'],
  ].map((one) => one.split(' '));
  const rows = await sql<{ zone: string; day: string; starts: Date; walked: Date }>(
    `select zone, day::text, start_of_day(day, zone) as starts, (
       select min(minute)
       from generate_series(
         day::timestamptz - interval '1 day', day::timestamptz + interval '1 day', interval '1 minute'
       ) minute
       where (minute at time zone zone)::date = day
     ) as walked
     from unnest($1::text[], $2::date[]) as wanted(zone, day)`,
    [days.map(([zone]) => zone), days.map(([, day]) => day)],
  );
  expect(rows.map(({ zone, day, starts }) => [zone, day, starts])).toEqual(
    rows.map(({ zone, day, walked }) => [zone, day, walked]),
  );
});

function isNodes(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}

test.each(['europe/berlin', '+01:00', 'CET', 'posix/Europe/Berlin', 'Europe/Berlin ', ''])(
  '%j is refused as an argument as well',
  async (timeZone) => {
    const { owner } = await newTenant();
    const query = 'query ($timeZone: TimeZone) { analytics { revenueByPeriod(timeZone: $timeZone) { period } } }';
    expect(await refusal(owner.request(query, { timeZone }))).toMatchObject({ code: 'BAD_USER_INPUT' });
  },
);
