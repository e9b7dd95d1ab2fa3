import { readFileSync } from 'node:fs';
import { notHere, renamed, usedDifferently } from '../../scripts/fastaiNames/differences.js';
import { exportedNames } from '../../scripts/fastaiNames/exportedNames.js';
import { groups } from '../../scripts/fastaiNames/groups.js';
import { lookUp, page, pageWithTable, shareDone } from '../../scripts/fastaiNames/table.js';

/** The tables of fastai's names against what is exported; they need a build, as users' programs do. */
const exported = exportedNames();
const { rows, others } = lookUp(exported);

test('docs/from-fastai.md is what `npm run docs:names` writes', () => {
  expect(readFileSync(page, 'utf8')).toBe(pageWithTable(exported));
});

test('the tables speak only of names that fastai has', () => {
  const known = new Set([...rows.map(({ name }) => name), ...[...others.values()].flat()]);
  const mentioned = [
    ...Object.keys({ ...renamed, ...usedDifferently, ...notHere }),
    ...groups.flatMap(({ names }) => names),
  ];
  expect(mentioned.filter((name) => !known.has(name))).toEqual([]);
});

test('every name that a table gives in place of one of fastai is exported', () => {
  const places = Object.values(renamed).map((place) => [place].flat()[0]!);
  expect(places.filter((place) => !exported.has(place))).toEqual([]);
  const found = new Set(rows.filter(({ place }) => place).map(({ name }) => name));
  expect(Object.keys(usedDifferently).filter((name) => !found.has(name))).toEqual([]);
});

test('a name that is said to be missing is missing', () => {
  const found = new Set(rows.filter(({ place }) => place).map(({ name }) => name));
  expect(Object.keys(notHere).filter((name) => found.has(name))).toEqual([]);
});

test('of the names about training vision models, at least 95% are here', () => {
  const missing = rows.filter(({ place }) => !place).map(({ name }) => name);
  if (shareDone(rows) < 0.95)
    throw new Error(`${missing.length} of ${rows.length} are missing: ${missing.join(' ')}`);
});
