import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Sets the version of all packages, that of the packages of this repository on which they depend, and the date of the changelog's newest
 * section.
 *
 * @throws Error unless the version has the form 1.2.3 or 1.2.3-beta.4, and the newest section of the changelog is unreleased.
 */
export function setVersion(root: string, version: string, date: string): void {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    throw new Error(`A version is three numbers, such as 0.2.0 or 0.2.0-beta.1, got ${version}.`);
  }
  const changelog = path.join(root, 'CHANGELOG.md');
  const changes = readFileSync(changelog, 'utf8');
  const [heading] = /^## \[.*$/m.exec(changes) ?? [''];
  if (!/ - unreleased$/.test(heading)) {
    throw new Error(
      `The first section of CHANGELOG.md must say what is new: ## [${version}] - unreleased. It is ${heading || 'missing'}.`,
    );
  }
  writeFileSync(changelog, changes.replace(heading, `## [${version}] - ${date}`));
  for (const folder of readdirSync(path.join(root, 'packages'))) {
    const file = path.join(root, 'packages', folder, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    const before = manifest.version;
    manifest.version = version;
    for (const needed of [manifest.dependencies, manifest.peerDependencies]) {
      for (const [name, range] of Object.entries<string>(needed ?? {})) {
        if (name.startsWith('@fastts/')) needed[name] = range.replace(before, version);
      }
    }
    writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  }
}
