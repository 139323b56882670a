/** Which room may lean on which: main → app → bulk, analytics → crm → platform → npm. */
const room = (name, path, allowed) => ({
  name,
  severity: 'error',
  from: { path },
  to: { path: '^(src|seed|migrations|tests|mikro-orm)', pathNot: allowed },
});

// Later features lean on earlier ones, never the other way round.
const features = [
  'users',
  'organizations',
  'access',
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

module.exports = {
  forbidden: [
    room('platform knows no product', '^src/platform/', '^src/platform/'),
    room('crm stands on the platform', '^src/crm/', '^src/(crm|platform)/'),
    room('the dashboard knows the API only', '^src/dashboard/', '^src/(dashboard|platform/pages)/'),
    room('bulk stands on crm', '^src/bulk/', '^src/(bulk|crm|platform)/'),
    room('analytics stand on crm', '^src/analytics/', '^src/(analytics|crm|platform)/'),
    {
      name: 'no circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
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
