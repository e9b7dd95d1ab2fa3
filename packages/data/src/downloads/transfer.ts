import { DownloadError } from '../errors.js';
import { innermostReason, request } from './request.js';

/** Settings of a transfer. */
export interface TransferOptions {
  /** The most bytes to accept (default: no limit). */
  maxBytes?: number;
  /** Idle timeout in seconds: the transfer is aborted when less than 1 kB arrives in that time (default 30). */
  timeout?: number;
  /** Called with the bytes received so far, and the total if the server reports it. */
  onProgress?: (have: number, total: number | undefined) => void;
}

/** How often an interrupted transfer is resumed, as long as each attempt makes progress. */
const MAX_RESUMES = 4;
const IDLE_SECONDS = 30;

/** A transfer that ended early, and may be resumed. */
export class InterruptedDownload extends DownloadError {
  static override readonly name: string = 'InterruptedDownload';
}

/**
 * Repeats an interrupted transfer as long as each attempt makes progress, up to {@link MAX_RESUMES} times.
 *
 * @param received The number of bytes that an attempt has left.
 */
export async function resuming(attempt: () => Promise<void>, received: () => Promise<number>): Promise<void> {
  for (let resumes = 0; ; resumes++) {
    const before = await received();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof InterruptedDownload)) throw error;
      const hasProgressed = (await received()) !== before;
      if (!hasProgressed || resumes === MAX_RESUMES) throw new DownloadError(error.message, { cause: error });
    }
  }
}

/** One request for a file, or for a part of it. */
export class Transfer {
  private readonly controller = new AbortController();
  private readonly idle: IdleTimeout;

  constructor(
    private readonly url: string,
    private readonly options: TransferOptions,
  ) {
    this.idle = new IdleTimeout(options.timeout ?? IDLE_SECONDS, this.controller);
  }

  /** The response to a request with these headers, whatever its status; see {@link request}. */
  async request(headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    this.idle.wait();
    // Sizes are those of the file, not of a compressed form.
    const response = await request(
      this.url,
      { 'accept-encoding': 'identity', ...headers },
      this.controller.signal,
    );
    this.idle.reset();
    return response;
  }

  /**
   * The pieces of a response's body.
   *
   * @param start Where in the file they begin.
   * @param total The file's size, if known.
   * @throws InterruptedDownload when the server disconnects or stalls.
   * @throws DownloadError when the response is an error, or it is larger than `total` or `maxBytes`.
   */
  pieces(response: Response, start: number, total: number | undefined): AsyncGenerator<Uint8Array> {
    const { status, statusText, ok, body } = response;
    if (!ok || !body) {
      throw new DownloadError(
        `Cannot download ${this.url}: the server responded ${status} ${statusText}. Check the URL.`,
      );
    }
    this.checkSize(total ?? 0, this.options.maxBytes);
    return this.counted(this.read(body), start, total);
  }

  /** Ends the connection, if it has not ended. */
  end(): void {
    this.idle.reset();
    this.controller.abort();
  }

  private async *counted(
    pieces: AsyncIterable<Uint8Array>,
    start: number,
    total: number | undefined,
  ): AsyncGenerator<Uint8Array> {
    const { maxBytes, onProgress } = this.options;
    let position = start;
    // Only the server is waited for: writing may take longer.
    this.idle.wait();
    for await (const piece of pieces) {
      this.idle.arrived(piece.length);
      position += piece.length;
      this.checkSize(position, total ?? maxBytes);
      onProgress?.(position, total);
      yield piece;
      this.idle.wait();
    }
    if (total !== undefined && position < total) {
      throw new InterruptedDownload(
        `The download of ${this.url} was interrupted after ${position} of ${total} bytes. Call again to resume it.`,
      );
    }
  }

  private async *read(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw new InterruptedDownload(
        `The download of ${this.url} was interrupted: ${innermostReason(error)}. Call again to resume it.`,
        { cause: error },
      );
    }
  }

  private checkSize(bytes: number, limit: number | undefined): void {
    if (limit === undefined || bytes <= limit) return;
    throw new DownloadError(
      `Cannot download ${this.url}: it has more than ${limit.toLocaleString('en')} bytes. Check the URL, or raise maxBytes.`,
    );
  }
}

/** The size of the response's file in bytes, if the server announces it. */
export function announcedSize({ headers }: Response): number | undefined {
  const length = headers.get('content-length');
  return length === null || isEncoded(headers) ? undefined : Number(length);
}

/** Whether the server has compressed the file, although it was asked not to. */
export function isEncoded(headers: Headers): boolean {
  return !/^(identity)?$/i.test(headers.get('content-encoding') ?? '');
}

/**
 * Aborts a transfer when the server has been waited for too long: less than {@link MIN_BYTES} have arrived in the given
 * time. Time in which the program itself is busy does not count.
 */
class IdleTimeout {
  private timer: NodeJS.Timeout | undefined;
  private left: number;
  private since = 0;
  private bytes = 0;

  constructor(
    private readonly seconds: number,
    private readonly controller: AbortController,
  ) {
    this.left = 1000 * seconds;
  }

  /** Starts to wait. */
  wait(): void {
    this.since = performance.now();
    this.timer = setTimeout(() => this.controller.abort(new Error(this.reason())), this.left);
  }

  /** Stops waiting, as these bytes have arrived. */
  arrived(bytes: number): void {
    clearTimeout(this.timer);
    this.left = Math.max(0, this.left - (performance.now() - this.since));
    this.bytes += bytes;
    if (this.bytes >= MIN_BYTES) this.reset();
  }

  /** Starts counting again. */
  reset(): void {
    clearTimeout(this.timer);
    this.left = 1000 * this.seconds;
    this.bytes = 0;
  }

  private reason(): string {
    const isSilent = performance.now() - this.since > 500 * this.seconds;
    return isSilent ? `no data for ${this.seconds} s` : `only ${this.bytes} bytes in ${this.seconds} s`;
  }
}

/** A server that sends a few bytes now and then has stalled, too. */
const MIN_BYTES = 1000;
