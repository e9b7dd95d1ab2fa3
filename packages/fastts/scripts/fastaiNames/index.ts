/** Writes the tables of `docs/from-fastai.md`: `npm run docs:names`, which builds first. */
import { writeFileSync } from 'node:fs';
import { exportedNames } from './exportedNames.js';
import { page, pageWithTable } from './table.js';

writeFileSync(page, pageWithTable(exportedNames()));
