import { readFileSync } from 'node:fs';
import { notHere, renamed, usedDifferently } from '../../scripts/fastaiNames/differences.js';
import { exportedNames } from '../../scripts/fastaiNames/exportedNames.js';
import { groups } from '../../scripts/fastaiNames/groups.js';
import { lookUp, page, pageWithTable, shareDone } from '../../scripts/fastaiNames/table.js';

/** Compares the tables of fastai's names with the exports; needs a build, like users' programs. */
const exported = exportedNames();
const { rows, others } = lookUp(exported);

test('docs/from-fastai.md is the output of `npm run docs:names`', () => {
  expect(readFileSync(page, 'utf8')).toBe(pageWithTable(exported));
});

test('the tables contain only names that fastai has', () => {
  const known = new Set([...rows.map(({ name }) => name), ...[...others.values()].flat()]);
  const mentioned = [
    ...Object.keys({ ...renamed, ...usedDifferently, ...notHere }),
    ...groups.flatMap(({ names }) => names),
  ];
  expect(mentioned.filter((name) => !known.has(name))).toEqual([]);
});

test('every name that a table lists for a fastai name is exported', () => {
  const places = Object.values(renamed).map((place) => [place].flat()[0]!);
  expect(places.filter((place) => !exported.has(place))).toEqual([]);
  const found = new Set(rows.filter(({ place }) => place).map(({ name }) => name));
  expect(Object.keys(usedDifferently).filter((name) => !found.has(name))).toEqual([]);
});

test('a name that is listed as missing is missing', () => {
  const found = new Set(rows.filter(({ place }) => place).map(({ name }) => name));
  expect(Object.keys(notHere).filter((name) => found.has(name))).toEqual([]);
});

test('at least 95% of the names about training vision models are available', () => {
  const missing = rows.filter(({ place }) => !place).map(({ name }) => name);
  if (shareDone(rows) < 0.95)
    throw new Error(`${missing.length} of ${rows.length} are missing: ${missing.join(' ')}`);
});
