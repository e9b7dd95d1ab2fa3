/** Tests run on the sources: no build is needed before `npx jest`. */
module.exports = {
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/examples/**/*.test.ts'],
  transform: {
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
    '^fastts$': '<rootDir>/packages/fastts/src/index.ts',
    // Sources import each other by the names that the compiler gives them.
    '^(\\.{1,2}/.+)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '/build/'],
  testTimeout: 60000,
};
