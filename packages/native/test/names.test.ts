import { loadAddon } from '../src/addon.js';
import { nameLists } from '../src/names.js';

test('TypeScript and C++ have the same lists of named numbers, in the same order', () => {
  const camelCase = (names: string) =>
    names.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const ofAddon = Object.entries(loadAddon().addon!.names).map(([list, names]) => [
    list,
    camelCase(names).split(', '),
  ]);
  expect(Object.fromEntries(ofAddon)).toEqual(nameLists);
});
