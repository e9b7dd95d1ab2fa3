/** Unit tests run on the sources, but for the CPU engine, which `npm run build` compiles. */
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
    '^@fastts/(release|testing)/(.+)$': '<rootDir>/packages/$1/src/$2.ts',
    '^fastts$': '<rootDir>/packages/fastts/src/index.ts',
    // Sources import each other by the names of the compiled files.
    '^(\\.{1,2}/.+)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/packages/native/build/'],
  setupFiles: ['<rootDir>/packages/testing/src/jestSetup.ts'],
  // Tests run in a vm context, where each lookup of a global is slow, which would make TensorFlow.js's JavaScript
  // five times slower.
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
  // Only tests that hang time out: no test depends on the speed of the machine.
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
