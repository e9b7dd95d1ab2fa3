import { readFileSync } from 'node:fs';
import { exportedNames } from '../../../docs/names/exports.js';
import { groups } from '../../../docs/names/groups.js';
import { notHere } from '../../../docs/names/notHere.js';
import { renamed } from '../../../docs/names/renamed.js';
import { lookUp, page, pageWithTable, shareDone } from '../../../docs/names/table.js';

/** The table of fastai's names against what is exported; it needs a build, as users' programs do. */
const exported = exportedNames();
const { rows, others } = lookUp(exported);

test('docs/from-fastai.md is what `npm run docs:names` writes', () => {
  expect(readFileSync(page, 'utf8')).toBe(pageWithTable(exported));
});

test('what it says of names is about names that fastai has', () => {
  const known = new Set([...rows.map(({ name }) => name), ...[...others.values()].flat()]);
  const said = [
    ...Object.keys(renamed),
    ...Object.keys(notHere),
    ...groups.flatMap((group) => group.names ?? []),
  ];
  expect(said.filter((name) => !known.has(name))).toEqual([]);
});
test('every new name here that replaces one of fastai is exported', () => {
  const places = Object.values(renamed).map((place) => [place].flat()[0]!);
  expect(places.filter((place) => !exported.has(place))).toEqual([]);
});

test('of the names that are about training vision models, at least 95% are here', () => {
  const missing = rows.filter(({ place }) => !place).map(({ name }) => name);
  if (shareDone(rows) < 0.95)
    throw new Error(`${missing.length} of ${rows.length} are missing: ${missing.join(' ')}`);
});
