/** Tests run on the sources: no build is needed before `npx jest --selectProjects unit`. */
const shared = {
  transform: {
    'core/src/tensorflow/(chainedOps|gradients)\\.ts$': '<rootDir>/packages/build/jestTfjs.js',
    '\\.m?ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { decoratorVersion: '2022-03' },
        },
      },
    ],
  },
  moduleNameMapper: {
    '^@fastts/(core|native|data|learner|vision)$': '<rootDir>/packages/$1/src/index.ts',
    '^@fastts/(core|data|learner|vision)/registered$': '<rootDir>/packages/$1/src/registered.ts',
    '^@fastts/testing/(.+)$': '<rootDir>/packages/testing/src/$1.ts',
    '^fastts$': '<rootDir>/packages/fastts/src/index.ts',
    // Sources import each other by the names that the compiler gives them.
    '^(\\.{1,2}/.+)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/packages/native/build/'],
  setupFiles: ['<rootDir>/packages/testing/src/jestSetup.ts'],
  // Tests run in a vm context, where each look-up of a global is slow: TensorFlow.js in JavaScript then takes five times as long.
  sandboxInjectedGlobals: [
    'Array',
    'Float32Array',
    'Int32Array',
    'Map',
    'Math',
    'Number',
    'Object',
    'Set',
    'Symbol',
  ],
};

module.exports = {
  // Only what hangs is stopped: no test depends on how fast the machine is.
  testTimeout: 30 * 60 * 1000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/packages/*/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/test/integration/'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/packages/*/test/integration/*.test.ts'],
    },
  ],
};
