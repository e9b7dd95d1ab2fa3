import path from 'node:path';
import { manifestIn, npm } from './packages.js';

/** How packages are published. */
export interface PublishOptions {
  /** Whether npm only says what it would do. */
  dryRun: boolean;
}

/**
 * Publishes tarballs with npm, in the given order, which is that in which they need each other. Those whose version is published already are
 * skipped, so that a release that failed halfway can be repeated.
 */
export function publish(tarballs: readonly string[], { dryRun }: PublishOptions): void {
  for (const tarball of tarballs) {
    const { name, version } = manifestIn(tarball);
    if (!dryRun && isPublished(name, version)) {
      console.log(`${name} ${version} is published already.`);
      continue;
    }
    // Provenance says by which workflow, from which commit, a package was made; npm makes it in such a workflow only.
    const provenance = process.env.GITHUB_ACTIONS ? ['--provenance'] : [];
    const tag = version.includes('-') ? ['--tag', 'next'] : [];
    const mode = dryRun ? ['--dry-run'] : provenance;
    npm(['publish', '--silent', '--access', 'public', ...tag, ...mode, tarball], path.dirname(tarball));
    console.log(`${name} ${version} ${dryRun ? 'would be published' : 'was published'}.`);
  }
}

function isPublished(name: string, version: string): boolean {
  try {
    return npm(['view', '--silent', `${name}@${version}`, 'version'], '.').trim() === version;
  } catch {
    return false; // there is no such package
  }
}
