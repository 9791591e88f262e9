/** One worker a core: every worker keeps its own embedded database. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': 'babel-jest' },
  transformIgnorePatterns: ['/node_modules/'],
  maxWorkers: 2,
  workerIdleMemoryLimit: '1500MB',
  testTimeout: 240_000,
};
