/** What runs in a shared server, outside of the test files, is neither counted as covered nor replaced. */
const filesHaveOwnServers = process.argv.includes('--coverage') || process.env.STOCK_ORM;

/** What every test needs, with a server or without one. */
const common = {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  // Of `npm run coverage`; scripts of pages run in a browser, which counts nothing.
  collectCoverageFrom: ['src/**/*.ts'],
  coveragePathIgnorePatterns: ['/node_modules/', '<rootDir>/tests/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    // `STOCK_ORM=1 npm run jest` holds our driver to what the ORM does by itself.
    ...(process.env.STOCK_ORM && { '^\\./driver/row-driver\\.js$': '<rootDir>/tests/support/stock-driver.ts' }),
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/** @type {import('jest').Config} */
export default {
  maxWorkers: 3,
  // A worker closes its servers at the end, which takes a moment.
  workerGracefulExitTimeout: 10_000,
  testSequencer: './tests/support/slowest-first.js',
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'html'],
  // Long enough for a slow machine; no test asserts how long something takes by it.
  testTimeout: 120_000,
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/tests/unit/**/*.test.ts'] },
    {
      ...common,
      displayName: 'server',
      ...(!filesHaveOwnServers && { testEnvironment: './dist/tests/support/environment.js' }),
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/tests/unit/'],
      globalSetup: './dist/tests/support/cluster.js',
      globalTeardown: './dist/tests/support/cluster-end.js',
    },
  ],
};
