import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setQuiet, WriteError } from '@fastts/core';
import { DownloadError, download, downloadWhole } from '@fastts/data';
import { testOnDisk } from '@fastts/testing/disk';
import { type Program, program } from '@fastts/testing/program';
import { type LocalServer, serve } from '@fastts/testing/server';

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const [first, second] = [randomBytes(200_000), randomBytes(200_000)];
/** Seconds after which a silent server is taken for stalled; only tests of stalls wait for it. */
const timeout = 0.3;

let folder: string;
let file: string;
let server: LocalServer;
let other: LocalServer;
let answer: Answer;
let requests: IncomingMessage[];

beforeAll(async () => {
  setQuiet(true);
  server = await serve((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  other = await serve((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
});
afterAll(async () => {
  setQuiet(false);
  await server.close();
  await other.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-download-'));
  file = join(folder, 'file');
  requests = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Version {
  body?: Buffer;
  headers?: Record<string, string>;
  /** How many bytes to send before disconnecting, or stalling. */
  stop?: number;
  stalls?: boolean;
  /** Whether the server sends the rest although `If-Range` does not match. */
  ignoresIfRange?: boolean;
}

/** Answers like a server that has this version of the file, and may stop in the middle. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { body = first, headers = { etag: '"1"' }, stop, stalls = false, ignoresIfRange = false }: Version,
): void {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const ifRange = request.headers['if-range'];
  const isSame = ignoresIfRange || ifRange === headers.etag || ifRange === headers['last-modified'];
  const start = range && isSame ? Number(range) : 0;
  response.writeHead(start > 0 ? 206 : 200, {
    ...headers,
    'content-length': body.length - start,
    ...(start > 0 && { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }),
  });
  if (stop === undefined) response.end(body.subarray(start));
  else
    response.write(
      body.subarray(start, start + stop),
      () => !stalls && void breakOff(response, start + stop),
    );
}

/** Disconnects once the client has stored the given number of bytes. */
async function breakOff(response: ServerResponse, bytes: number): Promise<void> {
  const part = `${file}.part`;
  while (!existsSync(part) || statSync(part).size < bytes) await new Promise(setImmediate);
  response.destroy();
}

const fetched = () => download(`${server.address}/file`, file, { timeout: 600 });

function expectFile(content: Buffer): void {
  expect(readFileSync(file).equals(content)).toBe(true);
  expect(readdirSync(folder)).toEqual(['file']);
}

describe('a server that stalls', () => {
  test('in the middle is asked for the rest', async () => {
    answer = (request, response, count) =>
      send(request, response, count < 3 ? { stop: 60_000, stalls: true } : {});
    await download(`${server.address}/file`, file, { timeout });
    expectFile(first);
    expect(requests.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=60000-',
      'bytes=120000-',
    ]);
  });

  test('by sending a byte now and then is an error', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 1e6 });
      const trickle = setInterval(() => response.write('a'), 20);
      response.on('close', () => clearInterval(trickle));
    };
    await expect(downloadWhole(`${server.address}/file`, file, { timeout })).rejects.toThrow(
      /only \d+ bytes in 0\.3 s/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(['before its answer', 'after its headers', 'without progress'])(
    '%s is an error',
    async (when) => {
      answer = (request, response, count) => {
        if (when === 'after its headers') response.writeHead(200, { 'content-length': 100 }).flushHeaders();
        if (when === 'without progress' && count === 1) send(request, response, { stop: 10, stalls: true });
      };
      const failing = download(`${server.address}/file`, file, { timeout });
      await expect(failing).rejects.toThrow(DownloadError);
      await expect(failing).rejects.toThrow(/no data for 0\.3 s/);
    },
  );
});

describe('a file that changes between the halves of a download is never spliced', () => {
  const modified = (ageSeconds: number) => ({
    date: new Date(1.7e12).toUTCString(),
    'last-modified': new Date(1.7e12 - ageSeconds * 1000).toUTCString(),
  });

  test.each<[string, Version, Version]>([
    ['with another ETag', {}, { headers: { etag: '"2"' } }],
    [
      'with another ETag, by a server that ignores If-Range',
      {},
      { headers: { etag: '"2"' }, ignoresIfRange: true },
    ],
    ['without validators', { headers: {} }, { headers: {}, ignoresIfRange: true }],
    ['with a validator only at first', {}, { headers: {}, ignoresIfRange: true }],
    [
      'with an equal weak ETag',
      { headers: { etag: 'W/"1"' } },
      { headers: { etag: 'W/"1"' }, ignoresIfRange: true },
    ],
    [
      'with an equal date of the same minute',
      { headers: modified(5) },
      { headers: modified(5), ignoresIfRange: true },
    ],
    ['with another date', { headers: modified(5000) }, { headers: modified(500), ignoresIfRange: true }],
    ['with another length', {}, { body: Buffer.concat([second, second]), ignoresIfRange: true }],
  ])('%s', async (_, before, after) => {
    answer = (request, response, count) => {
      send(request, response, count === 1 ? { ...before, stop: 100_000 } : { body: second, ...after });
    };
    await fetched();
    expectFile(after.body ?? second);
  });

  test('with an equal old date it is resumed', async () => {
    answer = (request, response, count) =>
      send(request, response, { headers: modified(5000), stop: count === 1 ? 100_000 : undefined });
    await fetched();
    expectFile(first);
    expect(requests[1]!.headers['if-range']).toBe(modified(5000)['last-modified']);
  });

  test('in another process: a partial download that was complete is not asked for again', async () => {
    writeFileSync(`${file}.part`, first);
    const source = {
      url: `${server.address}/file`,
      origin: server.address,
      validator: '"1"',
      total: first.length,
    };
    writeFileSync(`${file}.part.json`, JSON.stringify(source));
    await fetched();
    expectFile(first);
    expect(requests).toHaveLength(0);
  });

  test.each([
    ['no record', undefined],
    ['a record of another URL', { url: 'http://h/file', validator: '"1"' }],
    ['a record that is no JSON', 'null'],
  ])('a partial download with %s starts over', async (_, record) => {
    answer = (request, response) => send(request, response, {});
    writeFileSync(`${file}.part`, second);
    if (record) writeFileSync(`${file}.part.json`, JSON.stringify(record));
    await fetched();
    expectFile(first);
  });
});

test('an error of the server keeps what there is', async () => {
  answer = (request, response, count) => {
    if (count === 2) response.writeHead(503).end();
    else send(request, response, { stop: count === 1 ? 100_000 : undefined });
  };
  await expect(fetched()).rejects.toThrow(/responded 503/);
  await fetched();
  expectFile(first);
  expect(requests[2]!.headers.range).toBe('bytes=100000-');
});

test('a server that cannot send the rest is asked for all', async () => {
  answer = (request, response, count) => {
    if (count === 2) response.writeHead(416, { 'content-range': `bytes */${first.length}` }).end();
    else send(request, response, { stop: count === 1 ? 100_000 : undefined });
  };
  await fetched();
  expectFile(first);
});

describe('redirects', () => {
  const to = (response: ServerResponse, location: string) => response.writeHead(302, { location }).end();

  test('to another host are followed, with a new start if the first half is from elsewhere', async () => {
    const [here, there] = [server.address, other.address];
    answer = (request, response, count) => {
      const atServer = here.endsWith(request.headers.host!);
      if (atServer && count > 1) to(response, `${there}/elsewhere`);
      else
        send(request, response, {
          body: atServer ? first : second,
          ignoresIfRange: true,
          stop: count === 1 ? 100_000 : undefined,
        });
    };
    await fetched();
    expectFile(second);
    for (const { headers } of requests) {
      expect(headers.cookie ?? headers.authorization ?? headers.referer).toBeUndefined();
    }
  });

  test('to the same other host are resumed', async () => {
    answer = (request, response, count) => {
      if (server.address.endsWith(request.headers.host!)) to(response, `${other.address}/signed?${count}`);
      else send(request, response, { stop: count === 2 ? 100_000 : undefined });
    };
    await fetched();
    expectFile(first);
    expect(requests[3]!.headers.range).toBe('bytes=100000-');
  });

  test.each([
    ['to another scheme', 'file:///etc/passwd', /redirects to what is not a plain HTTP URL \(file/],
    ['to a URL with a password', 'http://user:secret@127.0.0.1/', /not a plain HTTP URL/],
    ['to no URL', 'http://', /not a plain HTTP URL/],
    ['in a circle', '/file', /redirects more than 10 times/],
  ])('%s are refused', async (_, location, message) => {
    answer = (_request, response) => void to(response, location);
    await expect(fetched()).rejects.toThrow(DownloadError);
    await expect(fetched()).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('from HTTPS to HTTP are refused', async () => {
    const secure = createSecureServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => {
      response.writeHead(301, { location: `${server.address}/file` }).end();
    });
    await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done));
    const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/file`;
    const client: Program = await program(
      `import { request } from '../src/downloads/request.js';
       request(process.argv[2], {}, AbortSignal.timeout(60_000)).then(console.log, (error) => console.log(error.message));`,
      __dirname,
    );
    try {
      const { output } = await client.start([url], { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }).ended;
      expect(output).toContain('the server redirects from HTTPS to HTTP');
      expect(requests).toHaveLength(0);
    } finally {
      client.remove();
      await new Promise((done) => secure.close(done));
    }
  });
});

describe('a server that sends too much', () => {
  /** Sends forever, without announcing a length. */
  const endless: Answer = (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(first));
    };
    response.on('drain', more);
    more();
  };

  test('is cut off at the limit, and leaves nothing of a small file', async () => {
    answer = endless;
    await expect(downloadWhole(`${server.address}/a`, file, { maxBytes: 1e6 })).rejects.toThrow(
      /more than 1,000,000 bytes/,
    );
    expect(readdirSync(folder)).toEqual([]);
    await expect(download(`${server.address}/a`, file, { maxBytes: 1e6 })).rejects.toThrow(
      /more than 1,000,000 bytes/,
    );
    expect(existsSync(file)).toBe(false);
  });

  test('by its announcement is not read at all', async () => {
    answer = (_request, response) => void response.writeHead(200, { 'content-length': 5e12 }).write('a');
    await expect(download(`${server.address}/a`, file, { maxBytes: 1e6 })).rejects.toThrow(
      /more than 1,000,000/,
    );
    const failing = download(`${server.address}/a`, file);
    await expect(failing).rejects.toThrow(WriteError);
    await expect(failing).rejects.toThrow(/disk is full: 5,000,000,000,000 bytes are needed/);
    expect(readdirSync(folder)).toEqual([]);
  });

  testOnDisk(
    'for the disk is an error that says so, and leaves nothing',
    { kibibytes: 600 },
    async (disk) => {
      answer = endless;
      for (const work of [download, downloadWhole]) {
        const error = await work(`${server.address}/a`, join(disk, 'file')).catch((error) => error);
        expect(error).toBeInstanceOf(WriteError);
        expect(error.message).toMatch(/the disk is full/);
        expect(readdirSync(disk)).toEqual([]);
      }
    },
  );
});

(process.platform === 'win32' ? test.skip : test)('does not write through a symbolic link', async () => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, `${file}.part`);
  answer = (request, response) => send(request, response, {});
  await fetched();
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  expect(readFileSync(file).equals(first)).toBe(true);
});

/** A self-signed certificate for the test's own server, valid for a hundred years. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/83YOpjkxOO5LCMG
4t6KGocD+LrCXdEdGeLbRj8BEyuhRANCAAQwXcQhWA0w8yh3ivRk73Zj0N6wtOG/
EGIEKTNr1mCve2sZ7rRh6BH3vP6SSxLUcaplfBmzr0ijRN/SmUR7ThrQ
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUK6LMuRfcxQiZY0W3wRc/IRLBojcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNzIyMjY0OFoYDzIxMjYxMTAz
MjIyNjQ4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQwXcQhWA0w8yh3ivRk73Zj0N6wtOG/EGIEKTNr1mCve2sZ7rRh6BH3
vP6SSxLUcaplfBmzr0ijRN/SmUR7ThrQo1MwUTAdBgNVHQ4EFgQUbGFkvif0hPFr
e++0lAHU7OkqPwcwHwYDVR0jBBgwFoAUbGFkvif0hPFre++0lAHU7OkqPwcwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAklhehuEkhMp5i8a+QL+h
NuTcoSjD+1xTw6ppU+fPhbsCIBvLgZHHUN62q+gP1M0AN6HpS9W94+Y1nKzkE88x
hq0J
-----END CERTIFICATE-----`;
