import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../../..');

interface LockedPackage {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  link?: boolean;
  resolved?: string;
  hasInstallScript?: boolean;
}

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};

/** The place in the lock file of the package `name` as required from the place `from`. */
function placeOf(name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const place = `${at ? `${at}/` : ''}node_modules/${name}`;
    const found = packages[place];
    if (found) return found.link ? found.resolved : place;
    if (!at) return undefined;
  }
}

/** The names of all packages that a package needs, with those that they need. */
function neededBy(place: string, found = new Map<string, LockedPackage>()): Map<string, LockedPackage> {
  const { dependencies, optionalDependencies } = packages[place]!;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const own = placeOf(name, place);
    if (!own || found.has(name)) continue;
    found.set(name, packages[own]!);
    neededBy(own, found);
  }
  return found;
}

test('docs/security.md lists the packages that fastts installs, and no others', () => {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const table = text.slice(text.indexOf('## Packages'));
  const listed = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  );
  const needed = neededBy('packages/fastts');
  // sharp's code for each platform, of which npm installs one.
  const names = [...needed.keys()].filter((name) => !/^@img\/sharp-|^@emnapi\//.test(name));
  expect(listed.sort()).toEqual([...names, 'fastts'].sort());
  const withScript = [...needed].filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(withScript).toEqual([]);
});
