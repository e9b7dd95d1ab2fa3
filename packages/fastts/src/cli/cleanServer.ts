import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import {
  ArgumentError,
  type CleanerPicture,
  FasttsError,
  type ImageClassifierCleaner,
  type Label,
  loadSharp,
  SerialQueue,
} from '../index.js';

/** Settings of {@link serveCleaner}. */
export interface CleanServerOptions {
  /** Heading of the page. */
  title: string;
  /** Default: a free one. */
  port?: number;
}

/** A page on which a person finds wrong labels. */
export interface CleanServer {
  /** The page's address, with the token without which nothing is answered. */
  url: string;
  /** Ends it, with all connections. */
  close(): Promise<void>;
}

/**
 * Serves the page of a cleaner to this machine only.
 *
 * Another page in the same browser can send requests here, so each needs the token in its path, the name of this server as
 * its `Host` (or another site's name could be made to lead here), and, to change something, the page's own origin. Pictures are
 * named by numbers: no path is taken from a request.
 *
 * @throws ArgumentError when the port is in use or not allowed.
 */
export async function serveCleaner(
  cleaner: ImageClassifierCleaner,
  { title, port = 0 }: CleanServerOptions,
): Promise<CleanServer> {
  const token = randomBytes(24).toString('base64url');
  const site = new CleanSite(cleaner, title, token);
  const server = createServer((request, response) => void site.answer(request, response));
  const host = `127.0.0.1:${await listen(server, port)}`;
  site.host = host;
  return {
    url: `http://${host}/${token}/`,
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** @returns The port. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const reason =
        code === 'EADDRINUSE' ? 'is in use' : code === 'EACCES' ? 'is not allowed' : `fails: ${message}`;
      fail(new ArgumentError(`Port ${port} ${reason}: choose another, or leave out --port for a free one.`));
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** An error that is answered with an HTTP status; `details` are properties of the JSON besides the message. */
class HttpError {
  constructor(
    readonly status: number,
    readonly message: string,
    readonly details: object = {},
  ) {}
}

class CleanSite {
  host = '';
  private readonly queue = new SerialQueue();
  private readonly index: ReadonlyMap<Label, number>;

  constructor(
    private readonly cleaner: ImageClassifierCleaner,
    private readonly title: string,
    private readonly token: string,
  ) {
    this.index = new Map(cleaner.vocab.map((label, i) => [label, i]));
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, type: string, body: string | Uint8Array, cache = 'no-store') =>
      response.writeHead(status, { ...HEADERS, 'Content-Type': type, 'Cache-Control': cache }).end(body);
    const sendJson = (status: number, body: object) => send(status, 'application/json', JSON.stringify(body));
    try {
      const path = this.pathOf(request);
      const file = FILES.get(path);
      if (request.method === 'POST') {
        const body = await this.bodyOf(request);
        // One at a time, so that what a request has seen still holds when it is carried out.
        sendJson(200, await this.queue.run(() => this.change(path, body)));
      } else if (request.method !== 'GET') throw new HttpError(405, 'Only GET and POST are answered.');
      else if (file) send(200, file.type, await readFile(join(PAGE, file.name)));
      else if (path.startsWith('thumbnails/')) {
        const picture = await this.thumbnail(path);
        send(200, 'image/jpeg', picture, 'private, max-age=86400, immutable');
      } else sendJson(200, await this.read(path, new URL(request.url!, 'http://page').searchParams));
    } catch (error) {
      if (error instanceof HttpError) sendJson(error.status, { message: error.message, ...error.details });
      else if (error instanceof FasttsError) sendJson(400, { message: error.message });
      else {
        console.error(error);
        sendJson(500, { message: 'This failed: see the terminal in which fastts clean runs.' });
      }
    }
  }

  /** The path below the token, without the query. */
  private pathOf({ url = '', headers }: IncomingMessage): string {
    const { port } = new URL(`http://${this.host}`);
    if (headers.host !== this.host && headers.host !== `localhost:${port}`) {
      throw new HttpError(403, `This server is ${this.host}, not ${headers.host}.`);
    }
    const [, token = '', path = ''] = /^\/([^/?]*)\/?([^?]*)/.exec(url) ?? [];
    const [given, wanted] = [Buffer.from(token), Buffer.from(this.token)];
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return path;
    throw new HttpError(404, 'There is nothing here: open the whole address that fastts clean printed.');
  }

  private async bodyOf(request: IncomingMessage): Promise<unknown> {
    const { origin, host, 'content-type': type } = request.headers;
    if (origin !== `http://${host}`) throw new HttpError(403, `Changes from ${origin} are not accepted.`);
    if (type !== 'application/json') throw new HttpError(415, 'The body must be JSON.');
    let text = '';
    for await (const part of request.setEncoding('utf8')) {
      text += part;
      if (text.length > MAX_BODY) throw new HttpError(413, 'The body is too long.');
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new HttpError(400, 'The body must be JSON.');
    }
  }

  private async read(path: string, query: URLSearchParams): Promise<object> {
    const { cleaner, title } = this;
    if (path === 'data') {
      const sets = (['train', 'valid'] as const).map((split) => ({
        split,
        count: cleaner.pictures({ split }).length,
      }));
      const vocab = cleaner.vocab.map(String);
      return { title, vocab, sets: sets.filter(({ count }) => count > 0), undo: await this.undoable() };
    }
    if (path !== 'pictures') throw new HttpError(404, `There is no ${path}.`);
    const [offset, limit] = [countIn(query, 'offset'), countIn(query, 'limit')];
    const label = query.get('label') ? cleaner.vocab[countIn(query, 'label')] : undefined;
    const split = query.get('split') === 'train' ? 'train' : 'valid';
    const found = cleaner.pictures({ label, split });
    const pictures = found.slice(offset, offset + limit).map((picture) => this.shown(picture));
    return { total: found.length, pictures, undo: await this.undoable() };
  }

  /** @throws HttpError when the page that asks has not seen what another window has done. */
  private async change(path: string, body: unknown): Promise<object> {
    const { number, action, label, seen } = asRequest(body);
    const { cleaner } = this;
    if (path === 'undo') {
      const undo = await this.undoable();
      if (undo?.time !== seen) {
        throw new HttpError(409, 'Another window has changed something since: look again, then undo.', {
          undo,
        });
      }
      const picture = await cleaner.undo();
      return { picture: picture && this.shown(picture), undo: await this.undoable() };
    }
    if (path !== 'act' || typeof number !== 'number') throw new HttpError(404, `There is no ${path}.`);
    const picture = this.shown(cleaner.picture(number));
    if (!Array.isArray(seen) || seen[0] !== picture.label || seen[1] !== picture.state) {
      throw new HttpError(409, `${picture.name} was changed in another window: look again.`, { picture });
    }
    const wanted = typeof label === 'number' ? cleaner.vocab[label] : undefined;
    if (action === 'keep') await cleaner.keep(number);
    else if (action === 'delete') await cleaner.delete(number);
    else if (action === 'change' && wanted !== undefined) await cleaner.change(number, wanted);
    else throw new HttpError(400, `There is no action ${action} to class ${label}.`);
    return { picture: this.shown(cleaner.picture(number)), undo: await this.undoable() };
  }

  private async thumbnail(path: string): Promise<Uint8Array> {
    const pixels = await this.cleaner.thumbnail(Number(path.slice('thumbnails/'.length)), 2 * SHOWN_SIDE);
    if (!pixels) throw new HttpError(404, 'The picture cannot be read.');
    const { data, ...raw } = pixels;
    const sharp = await loadSharp();
    return sharp(data, { raw }).jpeg({ quality: 85 }).toBuffer();
  }

  private shown({ label, listed, predicted, path, ...picture }: CleanerPicture) {
    const numbered = (name: Label | null) => (name === null ? null : this.index.get(name)!);
    return {
      ...picture,
      ...{ label: numbered(label), listed: numbered(listed), predicted: numbered(predicted) },
      ...{ path, name: basename(path) },
    };
  }

  private async undoable(): Promise<{ time: string; text: string } | null> {
    const last = (await this.cleaner.changes()).at(-1);
    return last ? { time: last.time, text: `${last.action} ${basename(last.from)}` } : null;
  }
}

/** Side of a picture on the page, in CSS pixels. */
const SHOWN_SIDE = 200;
const MAX_BODY = 10_000;
const PAGE = join(__dirname, '../../cleanPage');

const FILES: ReadonlyMap<string, { name: string; type: string }> = new Map([
  ['', { name: 'index.html', type: 'text/html; charset=utf-8' }],
  ['style.css', { name: 'style.css', type: 'text/css; charset=utf-8' }],
  ['script.js', { name: 'script.js', type: 'text/javascript; charset=utf-8' }],
]);

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** The fields of a request to change something, unchecked. */
function asRequest(body: unknown): Partial<Record<'number' | 'action' | 'label' | 'seen', unknown>> {
  return typeof body === 'object' && body !== null ? body : {};
}

function countIn(query: URLSearchParams, name: string): number {
  const value = Number(query.get(name));
  if (Number.isInteger(value) && value >= 0) return value;
  throw new HttpError(400, `${name} must be an integer ≥ 0.`);
}
