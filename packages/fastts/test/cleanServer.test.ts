import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { type CleanServer, serveCleaner } from '../src/cli/cleanServer.js';
import { cleanerOfPets, drawPets } from './drawnPets.js';

const folder = mkdtempSync(join(tmpdir(), 'fastts-clean-server-'));
let path = '';
let count = 0;
let server: CleanServer;
beforeEach(async () => {
  path = join(folder, `pets${count++}`);
  await drawPets(path, 3);
  server = await serveCleaner(await cleanerOfPets(path), { title: 'pets' });
});
afterEach(() => server.close());
afterAll(() => rmSync(folder, { recursive: true }));

interface Asked {
  status: number;
  body: Buffer;
  headers: Record<string, unknown>;
}

/** Sends what another program or another page could send. */
function ask(
  url: string | URL,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: object; body?: string } = {},
): Promise<Asked> {
  return new Promise((done, fail) => {
    const sent = request(url, { method, headers: { ...headers } }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part);
      done({ status: response.statusCode!, body: Buffer.concat(parts), headers: response.headers });
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

const json = ({ body }: Asked) => JSON.parse(body.toString());
const own = () => ({ Origin: new URL(server.url).origin, 'Content-Type': 'application/json' });
const post = (part: string, body: object, headers: object = own()) =>
  ask(new URL(part, server.url), { method: 'POST', headers, body: JSON.stringify(body) });
const worst = async () =>
  json(await ask(new URL('pictures?label=0&split=train&limit=1', server.url))).pictures[0];
const deletes = async () => {
  const { number, label, state } = await worst();
  return { number, action: 'delete', seen: [label, state] };
};

test('lists pictures by loss, and shows them', async () => {
  expect(json(await ask(new URL('data', server.url)))).toEqual({
    title: 'pets',
    vocab: ['cat', 'dog'],
    sets: [{ split: 'train', count: 6 }],
    undo: null,
  });
  expect(await worst()).toMatchObject({ name: '2.png', label: 0, predicted: 1, state: 'new' });
  const picture = await ask(new URL(`thumbnails/${(await worst()).number}`, server.url));
  expect(await sharp(picture.body).metadata()).toMatchObject({ format: 'jpeg', width: 26, height: 20 });
  const page = await ask(server.url);
  expect(page.body.toString()).toMatch(/<script src="script\.js"/);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
});

test('deletes and undoes for its own page', async () => {
  const done = await post('act', await deletes());
  expect(json(done)).toMatchObject({ picture: { state: 'deleted' }, undo: { text: 'delete 2.png' } });
  expect(existsSync(join(`${path}-removed`, 'cat', '2.png'))).toBe(true);
  const back = await post('undo', { seen: json(done).undo.time });
  expect(json(back)).toMatchObject({ picture: { state: 'new' }, undo: null });
  expect(readdirSync(join(path, 'cat'))).toHaveLength(3);
});

test('other pages and programs cannot change or read anything', async () => {
  const body = await deletes();
  const { origin, host, port } = new URL(server.url);
  const none = server.url.replace(/[\w-]+\/$/, 'x'.repeat(32));
  const refused = [
    // without the token
    await ask(origin),
    await ask(`${none}/data`),
    await ask(`${origin}/data`),
    // a name of another site that leads here (DNS rebinding)
    await ask(server.url, { headers: { Host: `evil.example:${port}` } }),
    await ask(server.url, { headers: { Host: '127.0.0.1' } }),
    // another page
    await post('act', body, { ...own(), Origin: 'http://evil.example' }),
    await post('act', body, { ...own(), Origin: 'null' }),
    await post('act', body, { ...own(), Origin: `http://localhost:${Number(port) + 1}` }),
    await post('act', body, { 'Content-Type': 'application/json' }),
    // a form
    await post('act', body, { ...own(), 'Content-Type': 'text/plain' }),
    // paths
    await ask(new URL('thumbnails/../../package.json', server.url)),
    await ask(`${server.url}..%2f..%2fpackage.json`),
    await ask(`${server.url}thumbnails/%2fetc%2fpasswd`),
    await ask(new URL('act', server.url), { method: 'PUT' }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([
    ...[404, 404, 404, 403, 403],
    ...[403, 403, 403, 403, 415],
    ...[404, 404, 400, 405],
  ]);
  for (const answer of refused) expect(answer.body.toString()).toMatch(/^\{"message":"/);
  expect(readdirSync(join(path, 'cat'))).toHaveLength(3);
  expect(existsSync(`${path}-changes.csv`)).toBe(false);
  // The page can also be opened by the other name of this machine.
  expect((await ask(server.url, { headers: { Host: `localhost:${port}` } })).status).toBe(200);
  expect(host).toMatch(/^127\.0\.0\.1:/);
});

test('requests that make no sense are refused', async () => {
  const { number } = await worst();
  const statuses = [
    await post('act', { number, action: 'shred', seen: [0, 'new'] }),
    await post('act', { number, action: 'change', label: 7, seen: [0, 'new'] }),
    await post('act', { number: 99, action: 'keep', seen: [0, 'new'] }),
    await post('act', { number: 'x', action: 'keep', seen: [0, 'new'] }),
    await ask(new URL('act', server.url), { method: 'POST', headers: own(), body: '{' }),
    await ask(new URL('act', server.url), {
      method: 'POST',
      headers: own(),
      body: `"${'x'.repeat(20_000)}"`,
    }),
    await ask(new URL('pictures?offset=-1&limit=2', server.url)),
    await ask(new URL('nothing', server.url)),
    await ask(new URL('constructor', server.url)),
  ].map(({ status }) => status);
  expect(statuses).toEqual([400, 400, 400, 404, 400, 413, 400, 404, 404]);
});

test('a window that has not seen what another one has done is told so', async () => {
  const body = await deletes();
  const answers = await Promise.all([post('act', body), post('act', { ...body, action: 'keep' })]);
  expect(answers.map(({ status }) => status)).toEqual([200, 409]);
  expect(json(answers[1])).toMatchObject({
    message: '2.png was changed in another window: look again.',
    picture: { state: 'deleted' },
  });
  const late = await post('undo', { seen: '2026-01-01T00:00:00.000Z' });
  expect(late.status).toBe(409);
  expect(json(late)).toMatchObject({ undo: { text: 'delete 2.png' } });
});

test('a file that vanished is reported', async () => {
  const body = await deletes();
  rmSync(join(path, 'cat', '2.png'));
  const answer = await post('act', body);
  expect(answer.status).toBe(400);
  expect(json(answer).message).toMatch(/2\.png no longer exists/);
  expect((await ask(new URL(`thumbnails/${body.number}`, server.url))).status).toBe(404);
});

test('a port in use is an error with a remedy', async () => {
  const port = Number(new URL(server.url).port);
  await expect(serveCleaner(await cleanerOfPets(path), { title: '', port })).rejects.toThrow(
    `Port ${port} is in use: choose another, or leave out --port for a free one.`,
  );
});
