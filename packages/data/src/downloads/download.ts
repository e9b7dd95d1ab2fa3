import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { ArchiveError, DownloadError } from '../errors.js';

/** Settings of {@link download}. */
export interface DownloadOptions {
  /** How many bytes the file is known to have; another length is an error. */
  size?: number;
  /** For how many seconds nothing may come before the transfer counts as broken off (default: as long as it takes). */
  timeout?: number;
  /** Told how many bytes are there, and of how many if the server says. */
  onProgress?: (have: number, total: number | undefined) => void;
}

/** How often a transfer that breaks off, but went on since the last time, is taken up again. */
const MAX_RESUMES = 4;

/**
 * Fetches a file over HTTP. What has come stays in `<file>.part` when the transfer breaks off, and the next
 * call goes on from there if the server can and its file is still the same; else it begins anew.
 *
 * @throws DownloadError when the address cannot be reached, says no, or breaks off time and again
 * @throws ArchiveError when the server's file has not the known size
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${file}.part`;
  for (let resumes = 0; ; resumes++) {
    const before = await sizeOf(part);
    const silence = new Silence(options.timeout);
    try {
      await fetchRest(url, part, options, silence);
      break;
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
      const came = (await sizeOf(part)) !== before;
      if (!came || resumes === MAX_RESUMES) throw new DownloadError(error.message, { cause: error });
    } finally {
      silence.end();
    }
  }
  await rename(part, file);
  await rm(sourceOf(part), { force: true });
}

/** Forgets what has come of a file. */
export async function dropPart(file: string): Promise<void> {
  await rm(`${file}.part`, { force: true });
  await rm(sourceOf(`${file}.part`), { force: true });
}

class BrokenOff extends DownloadError {}

/** Breaks a transfer off when nothing has been heard for so many seconds. */
class Silence {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly seconds: number | undefined) {
    this.heard();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    this.end();
    if (this.seconds === undefined) return;
    const abort = () => this.controller.abort(new Error(`nothing came for ${this.seconds} s`));
    this.timer = setTimeout(abort, this.seconds * 1000);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

/** What a partial file is part of: to go on, it must still be the same. */
interface Source {
  url: string;
  /** A strong ETag, else the date of the last change, for `If-Range` (RFC 9110, §13.1.5). */
  validator?: string;
  total?: number;
}

async function fetchRest(
  url: string,
  part: string,
  options: DownloadOptions,
  silence: Silence,
): Promise<void> {
  const { size, onProgress } = options;
  const source = await readSource(part, url);
  const have = source ? await sizeOf(part) : 0;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (have > 0) {
    headers.range = `bytes=${have}-`;
    if (source?.validator) headers['if-range'] = source.validator;
  }
  const response = await request(url, headers, silence.signal);
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  const whole = Number(range?.[2]);
  if (response.status === 416 && have > 0 && have === whole) return;
  const resumed =
    response.status === 206 && Number(range?.[1]) === have && !(source?.total && whole !== source.total);
  if (have > 0 && !resumed && response.status !== 200) {
    await response.body?.cancel();
    await rm(part, { force: true });
    return fetchRest(url, part, options, silence);
  }
  if (!response.ok || !response.body) {
    throw new DownloadError(
      `Cannot fetch ${url}: the server answers ${response.status} ${response.statusText}. Check the address.`,
    );
  }
  const length = response.headers.get('content-length');
  const total = resumed ? whole || undefined : length === null ? undefined : Number(length);
  if (size !== undefined && total !== undefined && total !== size) {
    await response.body.cancel();
    throw new ArchiveError(
      `${url} has ${total} bytes, but the data set's archive should have ${size}: it is not the file that fastai knows.`,
    );
  }
  await writeSource(part, { url, validator: validatorOf(response), total });
  const came = (n: number) => {
    silence.heard();
    onProgress?.(n, total);
  };
  const written = await append(response.body, part, resumed ? have : 0, came).catch((error) => {
    throw new BrokenOff(
      `Fetching ${url} broke off: ${reasonOf(error)}. Call again to go on from where it was.`,
      {
        cause: error,
      },
    );
  });
  if (total !== undefined && written < total) {
    throw new BrokenOff(
      `Fetching ${url} broke off after ${written} of ${total} bytes. Call again to go on from where it was.`,
    );
  }
}

async function request(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    throw new DownloadError(
      `Cannot reach ${url}: ${reasonOf(error)}. Check the address and the connection to the internet.`,
      { cause: error },
    );
  }
}

async function append(
  body: ReadableStream<Uint8Array>,
  part: string,
  start: number,
  onProgress: (have: number) => void,
): Promise<number> {
  const handle = await open(part, start > 0 ? 'r+' : 'w');
  let position = start;
  try {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      await handle.write(chunk, 0, chunk.length, position);
      position += chunk.length;
      onProgress(position);
    }
  } finally {
    await handle.close();
  }
  return position;
}

function validatorOf({ headers }: Response): string | undefined {
  const etag = headers.get('etag');
  if (etag && !etag.startsWith('W/')) return etag;
  return headers.get('last-modified') ?? undefined;
}

/** The innermost cause's message: fetch itself only says that it failed. */
function reasonOf(error: unknown): string {
  const { cause, message, code } = error as Error & { code?: string };
  if (cause instanceof Error) return reasonOf(cause);
  return message || code || String(error);
}

const sourceOf = (part: string) => `${part}.json`;

async function readSource(part: string, url: string): Promise<Source | undefined> {
  try {
    const source: Source = JSON.parse(await readFile(sourceOf(part), 'utf8'));
    return source.url === url ? source : undefined;
  } catch {
    return undefined;
  }
}

async function writeSource(part: string, source: Source): Promise<void> {
  await writeFile(sourceOf(part), JSON.stringify(source));
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
