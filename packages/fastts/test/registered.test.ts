import * as fastts from 'fastts';
import { type Maker, registeredName } from '../../core/src/registry/registry.js';

/** Classes that a file never names: base classes, and those with functions as arguments. */
const notNamed = [
  ...['Transform', 'CropResizeTfm', 'HSVTfm'],
  ...['Module', 'BatchNorm', 'Pool2d', 'ComputedWeight', 'ShortcutLayer', 'Lambda'],
  ...['ClassLoss', 'ElementwiseLoss', 'Learner'],
];

test('every transform, layer and loss is registered', () => {
  const classes = Object.entries<unknown>(fastts).flatMap(([name, value]): [string, Maker][] => {
    const prototype: unknown = typeof value === 'function' ? value.prototype : undefined;
    const isNamed =
      prototype instanceof fastts.Transform || (prototype instanceof Object && 'forward' in prototype);
    return isNamed ? [[name, value as Maker]] : [];
  });
  expect(classes.length).toBeGreaterThan(80);
  const missing = classes.filter(([name, type]) => !registeredName(type) && !notNamed.includes(name));
  expect(missing.map(([name]) => name)).toEqual([]);
});
