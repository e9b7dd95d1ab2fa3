import fs from 'fs-extra';
import { ArchiveError, DownloadError } from '../errors.js';

/** Settings of {@link download}. */
export interface DownloadOptions {
  /** Expected size in bytes; any other size is an error. */
  size?: number;
  /** Idle timeout in seconds: the transfer is aborted when no data arrives for that long (default: none). */
  timeout?: number;
  /** Called with the bytes received so far, and the total if the server reports it. */
  onProgress?: (have: number, total: number | undefined) => void;
}

/** How often an interrupted transfer is resumed, as long as each attempt makes progress. */
const MAX_RESUMES = 4;

/**
 * Downloads a file over HTTP. An interrupted transfer leaves its data in `<file>.part`; the next call resumes from there if
 * the server supports it and its file has not changed, and otherwise starts over.
 *
 * @throws DownloadError when the URL cannot be reached, responds with an error, or keeps disconnecting.
 * @throws ArchiveError when the server's file does not have the expected size.
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${file}.part`;
  for (let resumes = 0; ; resumes++) {
    const before = await sizeOf(part);
    const idleTimeout = new IdleTimeout(options.timeout);
    try {
      await fetchRest(url, part, options, idleTimeout);
      break;
    } catch (error) {
      if (!(error instanceof InterruptedDownload)) throw error;
      const hasProgressed = (await sizeOf(part)) !== before;
      if (!hasProgressed || resumes === MAX_RESUMES) throw new DownloadError(error.message, { cause: error });
    } finally {
      idleTimeout.stop();
    }
  }
  await fs.rename(part, file);
  await fs.rm(sourceOf(part), { force: true });
}

/** Deletes a partial download. */
export async function dropPart(file: string): Promise<void> {
  await fs.rm(`${file}.part`, { force: true });
  await fs.rm(sourceOf(`${file}.part`), { force: true });
}

class InterruptedDownload extends DownloadError {
  static override readonly name: string = 'InterruptedDownload';
}

/** Aborts a transfer when no data has arrived for a number of seconds. */
class IdleTimeout {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly seconds: number | undefined) {
    this.restart();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  restart(): void {
    this.stop();
    if (this.seconds === undefined) return;
    const abort = () => this.controller.abort(new Error(`no data for ${this.seconds} s`));
    this.timer = setTimeout(abort, this.seconds * 1000);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

/** Which file a partial download belongs to: it is resumed only if this is unchanged. */
interface Source {
  url: string;
  /** A strong ETag, else the date of last modification, for `If-Range` (RFC 9110, §13.1.5). */
  validator?: string;
  total?: number;
}

async function fetchRest(
  url: string,
  part: string,
  options: DownloadOptions,
  idleTimeout: IdleTimeout,
): Promise<void> {
  const { size, onProgress } = options;
  const source = await readSource(part, url);
  const have = source ? await sizeOf(part) : 0;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (have > 0) {
    headers.range = `bytes=${have}-`;
    if (source?.validator) headers['if-range'] = source.validator;
  }
  const response = await request(url, headers, idleTimeout.signal);
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  const whole = Number(range?.[2]);
  if (response.status === 416 && have > 0 && have === whole) return;
  const resumed =
    response.status === 206 && Number(range?.[1]) === have && !(source?.total && whole !== source.total);
  if (have > 0 && !resumed && response.status !== 200) {
    await response.body?.cancel();
    await fs.rm(part, { force: true });
    return fetchRest(url, part, options, idleTimeout);
  }
  if (!response.ok || !response.body) {
    throw new DownloadError(
      `Cannot download ${url}: the server responded ${response.status} ${response.statusText}. Check the URL.`,
    );
  }
  const length = response.headers.get('content-length');
  const total = resumed ? whole || undefined : length === null ? undefined : Number(length);
  if (size !== undefined && total !== undefined && total !== size) {
    await response.body.cancel();
    throw new ArchiveError(
      `${url} has ${total} bytes, but the data set's archive has ${size}: it is not the expected file.`,
    );
  }
  await writeSource(part, { url, validator: validatorOf(response), total });
  const came = (n: number) => {
    idleTimeout.restart();
    onProgress?.(n, total);
  };
  const written = await append(response.body, part, resumed ? have : 0, came).catch((error) => {
    throw new InterruptedDownload(
      `The download of ${url} was interrupted: ${innermostReason(error)}. Call again to resume it.`,
      {
        cause: error,
      },
    );
  });
  if (total !== undefined && written < total) {
    throw new InterruptedDownload(
      `The download of ${url} was interrupted after ${written} of ${total} bytes. Call again to resume it.`,
    );
  }
}

async function request(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    throw new DownloadError(
      `Cannot reach ${url}: ${innermostReason(error)}. Check the URL and the internet connection.`,
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
  const handle = await fs.promises.open(part, start > 0 ? 'r+' : 'w');
  let position = start;
  try {
    for await (const chunk of body) {
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

/** The innermost cause's message: the error of `fetch` itself says only that it failed. */
function innermostReason(error: unknown): string {
  const { cause, message, code } = error as Error & { code?: string };
  if (cause instanceof Error) return innermostReason(cause);
  return message || code || String(error);
}

const sourceOf = (part: string) => `${part}.json`;

async function readSource(part: string, url: string): Promise<Source | undefined> {
  try {
    const source: Source = JSON.parse(await fs.readFile(sourceOf(part), 'utf8'));
    return source.url === url ? source : undefined;
  } catch {
    return undefined;
  }
}

async function writeSource(part: string, source: Source): Promise<void> {
  await fs.writeFile(sourceOf(part), JSON.stringify(source));
}

async function sizeOf(path: string): Promise<number> {
  return fs.stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
