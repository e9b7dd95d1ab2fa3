import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, program } from '@fastts/testing/program';
import { type LocalServer, serve } from '@fastts/testing/server';
import { create } from 'tar';

const CLIENT = `
  import { untarData } from '../src/downloads/untarData.js';
  const [, , url, dest] = process.argv;
  untarData(url, { dest }).then((path) => console.log('got', path), (error) => console.log(String(error)));
`;

let client: Program;
let home: string;
let server: LocalServer;
let archive: Buffer;
let requests: IncomingMessage[];
/** How many bytes to send before waiting forever. */
let stopAt: number | undefined;

beforeAll(async () => {
  client = await program(CLIENT, __dirname);
  const made = mkdtempSync(join(tmpdir(), 'fastts-archive-'));
  mkdirSync(join(made, 'shapes'));
  for (let i = 0; i < 300; i++) writeFileSync(join(made, 'shapes', `${i}.bin`), randomBytes(2000));
  await create({ gzip: true, file: join(made, 'shapes.tgz'), cwd: made }, ['shapes']);
  archive = readFileSync(join(made, 'shapes.tgz'));
  rmSync(made, { recursive: true });
  server = await serve(answer);
});
afterAll(async () => {
  client.remove();
  await server.close();
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fastts-home-'));
  requests = [];
  stopAt = undefined;
});
afterEach(() => rmSync(home, { recursive: true }));

function answer(request: IncomingMessage, response: ServerResponse): void {
  requests.push(request);
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, {
    etag: '"1"',
    'content-length': archive.length - start,
    ...(start > 0 && { 'content-range': `bytes ${start}-${archive.length - 1}/${archive.length}` }),
  });
  if (stopAt === undefined) response.end(archive.subarray(start));
  else response.write(archive.subarray(start, stopAt));
}

function start(dest = join(home, 'data')) {
  return client.start([`${server.address}/shapes.tgz`, dest], { env: { FASTTS_HOME: home } });
}

function expectWhole(data = join(home, 'data')): void {
  expect(readdirSync(data)).toEqual(['shapes']);
  expect(readdirSync(join(data, 'shapes'))).toHaveLength(300);
  expect(readdirSync(join(home, 'archive'))).toEqual([]);
}

const until = async (isDone: () => boolean) => {
  while (!isDone()) await new Promise((done) => setTimeout(done, 2));
};
const onUnix = process.platform === 'win32' ? test.skip : test;

test('processes that want the same data set at once all get it, by one download', async () => {
  const outputs = await Promise.all(Array.from({ length: 4 }, async () => (await start().ended).output));
  expect(outputs).toEqual(Array(4).fill(`got ${join(home, 'data', 'shapes')}\n`));
  expectWhole();
  expect(requests).toHaveLength(1);
});

onUnix('a download whose process was killed is resumed by the next one', async () => {
  stopAt = 100_000;
  const killed = start();
  const part = join(home, 'archive', 'shapes.tgz.part');
  await until(() => existsSync(part) && statSync(part).size === stopAt);
  killed.process.kill('SIGKILL');
  await killed.ended;
  stopAt = undefined;
  expect((await start().ended).output).toMatch(/^got /);
  expectWhole();
  expect(requests[1]!.headers.range).toBe('bytes=100000-');
});

onUnix('what a process left that was killed while unpacking is removed by the next one', async () => {
  const data = join(home, 'data');
  const killed = start();
  await until(() => existsSync(data) && readdirSync(data).length > 0);
  killed.process.kill('SIGKILL');
  await killed.ended;
  mkdirSync(join(data, 'shapes.mine.unpacking'));
  expect((await start().ended).output).toMatch(/^got /);
  expect(readdirSync(data).sort()).toEqual(['shapes', 'shapes.mine.unpacking']);
  rmSync(join(data, 'shapes.mine.unpacking'), { recursive: true });
  expectWhole();
});
