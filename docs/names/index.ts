/** Writes the table of `docs/from-fastai.md`: `npm run docs:names`, after a build. */
import { writeFileSync } from 'node:fs';
import { exportedNames } from './exports.js';
import { page, pageWithTable } from './table.js';

writeFileSync(page, pageWithTable(exportedNames()));
