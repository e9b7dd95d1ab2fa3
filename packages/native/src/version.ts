import { createRequire } from 'node:module';

/** This package's version. */
export const version: string = createRequire(__filename)('../package.json').version;
