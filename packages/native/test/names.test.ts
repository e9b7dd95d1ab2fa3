import { loadAddon } from '../src/addon.js';
import { nameLists } from '../src/names.js';

test('TypeScript and C++ name the numbers that kernels take together alike, in the same order', () => {
  const camelCase = (names: string) =>
    names.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const ofAddon = Object.entries(loadAddon().addon!.names).map(([list, names]) => [
    list,
    camelCase(names).split(', '),
  ]);
  expect(Object.fromEntries(ofAddon)).toEqual(nameLists);
});
