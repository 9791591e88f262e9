/** One worker a core: every worker keeps its own embedded database. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  globalSetup: '<rootDir>/test/support/database-template.ts',
  transform: { '\\.ts$': '<rootDir>/tools/strip-types.cjs' },
  transformIgnorePatterns: ['/node_modules/'],
  maxWorkers: 2,
  workerIdleMemoryLimit: '1500MB',
  testTimeout: 240_000,
};
