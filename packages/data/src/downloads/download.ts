import { node, syncFolder, WriteError, writeFailure, writeFileWhole } from '@fastts/core';
import fs from 'fs-extra';
import { ArchiveError } from '../errors.js';
import { announcedSize, isEncoded, resuming, Transfer, type TransferOptions } from './transfer.js';

/** Settings of {@link download}. */
export interface DownloadOptions extends TransferOptions {
  /** Expected size in bytes; any other size is an error. */
  size?: number;
}

/**
 * Downloads a file over HTTP. An interrupted or stalled transfer leaves its data in `<file>.part`. It is resumed from
 * there, also by the next call, if the server supports that and shows by an ETag or a date that its file has not changed,
 * and otherwise starts over. Redirects are followed, except from HTTPS to HTTP.
 *
 * @throws DownloadError when the URL cannot be reached, responds with an error, or keeps disconnecting.
 * @throws ArchiveError when the server's file does not have the expected size.
 * @throws WriteError when the file cannot be written, such as when it is larger than the free space.
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${file}.part`;
  try {
    await resuming(
      () => fetchRest(url, part, options),
      () => sizeOf(part),
    );
    await fs.rename(part, file);
    await syncFolder(node.path.dirname(file));
  } catch (error) {
    const failure = await writeFailure(error, part, (error as { wanted?: number }).wanted);
    // It would keep the disk full.
    if (failure instanceof WriteError) await dropPart(file);
    throw failure;
  }
  await fs.rm(sourceOf(part), { force: true });
}

/**
 * Downloads a file of which nothing is kept when it is interrupted: it starts over where {@link download} resumes.
 *
 * @throws DownloadError and WriteError as `download` does.
 * @internal
 */
export async function downloadWhole(url: string, file: string, options: TransferOptions = {}): Promise<void> {
  let received = 0;
  const onProgress: TransferOptions['onProgress'] = (have, total) => {
    received = have;
    options.onProgress?.(have, total);
  };
  const attempt = async () => {
    const transfer = new Transfer(url, { ...options, onProgress });
    try {
      const response = await transfer.request();
      await writeFileWhole(file, transfer.pieces(response, 0, announcedSize(response)));
    } finally {
      transfer.end();
    }
  };
  await resuming(attempt, async () => received);
}

/** Deletes a partial download. */
export async function dropPart(file: string): Promise<void> {
  await fs.rm(`${file}.part`, { force: true });
  await fs.rm(sourceOf(`${file}.part`), { force: true });
}

/** Which file a partial download belongs to: it is resumed only if this is unchanged. */
interface Source {
  url: string;
  /** The server that the file came from, to which `url` may redirect. */
  origin: string;
  /** A strong ETag, else the date of last modification, for `If-Range`. */
  validator?: string;
  total?: number;
}

async function fetchRest(url: string, part: string, options: DownloadOptions): Promise<void> {
  const transfer = new Transfer(url, options);
  try {
    const source = await readSource(part, url);
    const have = source?.validator ? await sizeOf(part) : 0;
    // It was complete when the process ended.
    if (have > 0 && have === source?.total) return;
    const range = { range: `bytes=${have}-`, 'if-range': source?.validator ?? '' };
    let response = await transfer.request(have > 0 ? range : {});
    const isResumed = have > 0 && continues(response, source!, have);
    if (have > 0 && !isResumed && NOT_THE_REST.includes(response.status)) {
      await response.body?.cancel();
      response = await transfer.request();
    }
    const start = isResumed ? have : 0;
    const total = isResumed ? source!.total : announcedSize(response);
    const pieces = transfer.pieces(response, start, total);
    if (response.ok && !isResumed) {
      await checkExpected(response, total, options.size, url);
      await fs.rm(part, { force: true });
      await checkSpace(part, total);
      const { origin } = new URL(response.url);
      await writeFileWhole(
        sourceOf(part),
        JSON.stringify({ url, origin, validator: validatorOf(response), total }),
      );
    }
    await append(pieces, part, start);
  } finally {
    transfer.end();
  }
}

/** Partial content, precondition failed, range not satisfiable. */
const NOT_THE_REST = [206, 412, 416];

/** Whether a response is the rest of the file of which `have` bytes are there, rather than of one that has replaced it. */
function continues(response: Response, source: Source, have: number): boolean {
  const [, start, whole] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  return (
    response.status === 206 &&
    Number(start) === have &&
    (source.total === undefined || whole === '*' || Number(whole) === source.total) &&
    validatorOf(response) === source.validator &&
    new URL(response.url).origin === source.origin
  );
}

async function checkExpected(
  response: Response,
  total: number | undefined,
  size: number | undefined,
  url: string,
): Promise<void> {
  if (size === undefined || total === undefined || total === size) return;
  await response.body?.cancel();
  throw new ArchiveError(
    `${url} has ${total} bytes, but the data set's archive has ${size}: it is not the expected file.`,
  );
}

/** Fails now rather than when the disk is full. */
async function checkSpace(part: string, total: number | undefined): Promise<void> {
  const disk = await fs.promises.statfs(node.path.dirname(part)).catch(() => undefined);
  if (total === undefined || !disk || total <= disk.bavail * disk.bsize) return;
  throw Object.assign(new Error('The disk is too small.'), { code: 'ENOSPC', wanted: total });
}

async function append(pieces: AsyncIterable<Uint8Array>, part: string, start: number): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW = 0 } = fs.constants;
  // Never through a symbolic link, which may lead anywhere.
  const flags = O_WRONLY | O_APPEND | (start > 0 ? O_NOFOLLOW : O_CREAT | O_EXCL);
  const handle = await fs.promises.open(part, flags);
  try {
    for await (const piece of pieces) await handle.appendFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What shows, if it is equal, that two responses are parts of the same file (RFC 9110, §8.8 and §13.1.5). */
function validatorOf({ headers }: Response): string | undefined {
  if (isEncoded(headers)) return undefined;
  const etag = headers.get('etag');
  if (etag) return etag.startsWith('W/') ? undefined : etag;
  const [modified, now] = ['last-modified', 'date'].map((name) => headers.get(name));
  // A file that has just been changed may change again within the same second.
  const isStrong = modified && now && Date.parse(now) - Date.parse(modified) >= MIN_AGE_MS;
  return isStrong ? modified : undefined;
}

const MIN_AGE_MS = 60_000;

const sourceOf = (part: string) => `${part}.json`;

async function readSource(part: string, url: string): Promise<Source | undefined> {
  try {
    const source: Source = JSON.parse(await fs.readFile(sourceOf(part), 'utf8'));
    return source.url === url ? source : undefined;
  } catch {
    return undefined;
  }
}

/** The size of a file in bytes; 0 if there is none, or something else. */
async function sizeOf(path: string): Promise<number> {
  const stats = await fs.promises.lstat(path).catch(() => undefined);
  return stats?.isFile() ? stats.size : 0;
}
