const { readdirSync } = require('node:fs');

/**
 * Which room may lean on which: main → app → pages, log, bulk, analytics → crm → platform → npm. Imports of types count.
 */
const room = (name, path, allowed) => ({
  name,
  severity: 'error',
  from: { path },
  to: { path: '^(src|seed|migrations|tests|mikro-orm)', pathNot: allowed },
});

/** Each leans on later ones only. */
const platform = [
  'graphql',
  'permissions',
  'reading',
  'tenancy',
  'records',
  'auth',
  'schema',
  'mail',
  'jobs',
  'database',
  'http',
  '[a-z-]+\\.ts$',
];

// Later features lean on earlier ones, never the other way round.
const features = [
  'users',
  'organizations',
  'access',
  'invitations',
  'api-keys',
  'employees',
  'pipelines',
  'founding',
  'accounts',
  'customers',
  'activities',
  'leads',
  'deals',
  'vendors',
  'nodes',
];

/** A folder that is not listed would be free to import anything. */
function demandListed(folder, listed) {
  const found = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const unlisted = found.map(({ name }) => name).filter((name) => !listed.includes(name));
  if (unlisted.length) throw new Error(`${folder} has folders without a rule: ${unlisted.join(', ')}`);
}
demandListed('src', ['crm', 'log', 'bulk', 'analytics', 'pages', 'platform', 'commands']);
demandListed('src/platform', platform);
demandListed('src/crm', features);

module.exports = {
  forbidden: [
    ...platform.map((name, place) =>
      room(`a chain of rooms: ${name}`, `^src/platform/${name}`, `^src/platform/(${platform.slice(place).join('|')})`),
    ),
    room('crm stands on the platform', '^src/crm/', '^src/(crm|platform)/'),
    room('pages know the API only', '^src/pages/', '^src/pages/'),
    room('bulk stands on crm', '^src/bulk/', '^src/(bulk|crm|platform)/'),
    room('the log stands on bulk and crm', '^src/log/', '^src/(log|bulk|crm|platform)/'),
    room('analytics stand on crm', '^src/analytics/', '^src/(analytics|crm|platform)/'),
    {
      name: 'no circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no tests in the product',
      severity: 'error',
      from: { path: '^(src|seed|migrations)' },
      to: { path: '^tests/' },
    },
    ...features.map((feature, place) => ({
      name: `${feature} comes before ${features.slice(place + 1).join(', ') || 'nothing'}`,
      severity: 'error',
      from: { path: `^src/crm/${feature}/` },
      to: { path: `^src/crm/(${features.slice(place + 1).join('|') || 'nothing'})/` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
