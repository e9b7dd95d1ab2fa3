import {
  ArgumentError,
  loadPth,
  loadSafetensors,
  log,
  node,
  type OneOrMany,
  progressBar,
  syncFolder,
  toList,
} from '@fastts/core';
import {
  ArchiveError,
  DownloadError,
  download,
  fasttsHome,
  safeName,
  shortHash,
  withLock,
} from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import fs from 'fs-extra';
import type { WeightsFile } from './hubWeights.js';

/**
 * The tensors of a weights file by name. They belong to the caller. Downloads are kept in the folder `models` of
 * `FASTTS_HOME` (default `~/.fastts`) and not repeated. Of several sources the first available one is used.
 *
 * @param source A path, a URL, or the result of {@link hubWeights}: safetensors, or a PyTorch file (no code in it is
 *   executed).
 * @throws DownloadError when it cannot be downloaded; ArchiveError when its hash differs.
 * @throws FasttsError and FileFormatError as {@link loadSafetensors} and {@link loadPth}.
 */
export async function loadWeights(source: string | OneOrMany<WeightsFile>): Promise<Map<string, tf.Tensor>> {
  if (typeof source === 'string') {
    return isAddress(source) ? loadWeights({ url: source }) : readWeights(source);
  }
  const [first, ...others] = toList(source);
  if (!first) throw new ArgumentError('No weights were given to load.');
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

/** Downloads a file unless it exists, and returns its path. */
async function fetchWeights({ url, sha256 }: WeightsFile): Promise<string> {
  const path = node.path.join(fasttsHome(), 'models', ...placeOf(url));
  if (await fs.pathExists(path)) return path;
  await withLock(`${path}.lock`, async () => {
    // Another process may have downloaded it in the meantime.
    if (await fs.pathExists(path)) return;
    const unchecked = `${path}.unchecked`;
    try {
      await fetchWithBar(url, unchecked);
      await checkHash(unchecked, sha256 ?? (await hashAtHub(url)), url);
      await fs.rename(unchecked, path);
      await syncFolder(node.path.dirname(path));
    } finally {
      await fs.rm(unchecked, { force: true });
    }
  });
  return path;
}

/** Names of folders and a file for a URL, different for different ones. None leads out of the folder that they are in. */
function placeOf(url: string): string[] {
  if (!URL.canParse(url)) throw new DownloadError(`'${url}' is not a URL: check the address of the weights.`);
  const { host, pathname, search } = new URL(url);
  const names = pathname.split('/').filter(Boolean).map(distinctName);
  const { name, ext } = node.path.parse(names.pop() ?? 'weights');
  return [safeName(host), ...names, search === '' ? name + ext : `${name}-${shortHash(search)}${ext}`];
}

/** A safe name that also shows what was replaced in it. */
function distinctName(encoded: string): string {
  const name = safeName(encoded);
  if (name === encoded || encodeURIComponent(name) === encoded) return name;
  const { name: stem, ext } = node.path.parse(name);
  return `${stem}-${shortHash(encoded)}${ext}`;
}

async function fetchWithBar(url: string, path: string): Promise<void> {
  let bar: ReturnType<typeof progressBar> | undefined;
  try {
    await download(url, path, {
      onProgress: (have, total) => {
        if (total === undefined) return;
        bar ??= progressBar({
          total,
          label: `Fetching ${node.path.basename(new URL(url).pathname)}`,
          unit: 'bytes',
        });
        bar.update(have);
      },
    });
  } finally {
    bar?.stop();
  }
}

/** The SHA-256 that a hub sends for a large file in a header of its redirect; otherwise `undefined`. */
async function hashAtHub(url: string): Promise<string | undefined> {
  try {
    const { headers } = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
    });
    return /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1];
  } catch {
    return undefined;
  }
}

async function checkHash(path: string, expected: string | undefined, url: string): Promise<void> {
  if (expected === undefined) return;
  const hash = node.crypto.createHash('sha256');
  await node.stream.promises.pipeline(fs.createReadStream(path), hash);
  const actual = hash.digest('hex');
  if (!actual.startsWith(expected.toLowerCase())) {
    throw new ArchiveError(
      `The file from ${url} has the SHA-256 ${actual}, expected ${expected}: download it again, or check for a proxy that changes it.`,
    );
  }
}

function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}
