import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ArgumentError, loadPth, loadSafetensors, log, progressBar } from '@fastts/core';
import { ArchiveError, DownloadError, download, fasttsHome, withLock } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import type { WeightsFile } from './hubWeights.js';

/**
 * The tensors of a file of weights by their names, which belong to the caller. What is fetched stays in the folder
 * `models` of `FASTTS_HOME` (default `~/.fastts`), under its address, and is not fetched again. The first of several
 * that can be had is taken.
 *
 * @param source A path, an address, or what {@link hubWeights} gives: of safetensors, or of PyTorch, of which nothing
 *   is executed.
 * @throws DownloadError when it cannot be fetched; ArchiveError when its hash is another.
 * @throws FasttsError and FileFormatError as {@link loadSafetensors} and {@link loadPth}.
 */
export async function loadWeights(
  source: string | WeightsFile | readonly WeightsFile[],
): Promise<Map<string, tf.Tensor>> {
  if (typeof source === 'string') {
    return isAddress(source) ? loadWeights({ url: source }) : readWeights(source);
  }
  const [first, ...others] = [source].flat() as WeightsFile[];
  if (!first) throw new ArgumentError('There are no weights to load.');
  try {
    return await readWeights(await fetchWeights(first));
  } catch (error) {
    if (!(error instanceof DownloadError) || others.length === 0) throw error;
    log(`${error.message} Trying ${others[0]!.url}.`);
    return loadWeights(others);
  }
}

async function readWeights(path: string): Promise<Map<string, tf.Tensor>> {
  return /\.(pth|pt)$/i.test(path) ? loadPth(path) : (await loadSafetensors(path)).tensors;
}

/** Fetches a file unless it is there, and gives its path. */
async function fetchWeights({ url, sha256 }: WeightsFile): Promise<string> {
  const { host, pathname } = new URL(url);
  const path = join(
    fasttsHome(),
    'models',
    host.replace(':', '_'),
    ...decodeURIComponent(pathname).split('/'),
  );
  if (await exists(path)) return path;
  await withLock(`${path}.lock`, async () => {
    // Somebody else may have fetched it while we waited.
    if (await exists(path)) return;
    const unchecked = `${path}.unchecked`;
    try {
      await fetchWithBar(url, unchecked);
      await checkHash(unchecked, sha256 ?? (await hashAtHub(url)), url);
      await rename(unchecked, path);
    } finally {
      await rm(unchecked, { force: true });
    }
  });
  return path;
}

async function fetchWithBar(url: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  let bar: ReturnType<typeof progressBar> | undefined;
  try {
    await download(url, path, {
      onProgress: (have, total) => {
        if (total === undefined) return;
        bar ??= progressBar({ total, label: `Fetching ${basename(new URL(url).pathname)}`, unit: 'bytes' });
        bar.update(have);
      },
    });
  } finally {
    bar?.stop();
  }
}

/** The SHA-256 that a hub tells of a large file, in a header of its redirection; `undefined` elsewhere. */
async function hashAtHub(url: string): Promise<string | undefined> {
  try {
    const { headers } = await fetch(url, { method: 'HEAD', redirect: 'manual' });
    return /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1];
  } catch {
    return undefined;
  }
}

async function checkHash(path: string, expected: string | undefined, url: string): Promise<void> {
  if (expected === undefined) return;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const actual = hash.digest('hex');
  if (!actual.startsWith(expected.toLowerCase())) {
    throw new ArchiveError(
      `What came from ${url} has the SHA-256 ${actual}, where ${expected} is right: fetch it again, or check what stands between you and the server.`,
    );
  }
}

function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
