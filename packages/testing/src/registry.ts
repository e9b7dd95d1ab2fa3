import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { manifestIn } from '@fastts/release/packages';
import { run } from './published.js';
import { type LocalServer, serve } from './server.js';

interface Version {
  name: string;
  version: string;
  dist: { tarball: string; integrity: string; shasum: string };
}

/**
 * A registry of packages, for package managers, on this machine: it has the packages in tarballs, each in one version, and all packages of the
 * registry that npm is configured to use.
 */
export async function serveRegistry(tarballs: readonly string[]): Promise<LocalServer> {
  const upstream = run('npm', ['config', 'get', 'registry'], '.').trim().replace(/\/$/, '');
  const versions = new Map<string, Version>();
  const files = new Map(tarballs.map((file) => [`/-/${path.basename(file)}`, readFileSync(file)]));
  const server = await serve(async ({ url, headers }, response) => {
    const name = decodeURIComponent(url!.slice(1));
    const own = versions.get(name);
    const file = files.get(url!);
    if (file) response.end(file);
    else if (own) {
      response.setHeader('content-type', 'application/json');
      const { version } = own;
      // Package managers refuse what was published lately.
      const time = { [version]: '2026-01-01T00:00:00Z' };
      const answer = { name, 'dist-tags': { latest: version }, versions: { [version]: own }, time };
      response.end(JSON.stringify(answer));
    } else {
      const { accept = '*/*' } = headers;
      const answer = await fetch(`${upstream}${url}`, { headers: { accept } });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    }
  });
  for (const file of tarballs) {
    const manifest = manifestIn(file);
    const digest = (algorithm: string) => createHash(algorithm).update(readFileSync(file));
    versions.set(manifest.name, {
      ...manifest,
      dist: {
        tarball: `${server.address}/-/${path.basename(file)}`,
        integrity: `sha512-${digest('sha512').digest('base64')}`,
        shasum: digest('sha1').digest('hex'),
      },
    });
  }
  return server;
}
