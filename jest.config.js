/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
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
  globalSetup: './dist/tests/support/cluster.js',
  globalTeardown: './dist/tests/support/cluster-end.js',
  maxWorkers: 2,
  testTimeout: 30_000,
};
