import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processIdentity, setQuiet, WriteError } from '@fastts/core';
import { withLock } from '@fastts/data';
import { testOnDisk } from '@fastts/testing/disk';
import { type Program, program } from '@fastts/testing/program';

const HOLDER = `
  import { appendFileSync, existsSync } from 'node:fs';
  import { withLock } from '../src/downloads/processLock.js';
  const [, , file, how, log] = process.argv;
  withLock(file, async () => {
    console.log('held');
    if (log) appendFileSync(log, 'in ');
    if (how === 'forever') await new Promise((done) => setTimeout(done, 1e8));
    if (how === 'briefly') await new Promise((done) => setTimeout(done, 20));
    if (how === 'until') while (!existsSync(file + '.end')) await new Promise((done) => setTimeout(done, 20));
    if (log) appendFileSync(log, 'out ');
  });
`;

let holder: Program;
let folder: string;
let file: string;
beforeAll(async () => {
  holder = await program(HOLDER, __dirname);
  setQuiet(true);
});
afterAll(() => {
  holder.remove();
  setQuiet(false);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-lock-'));
  file = join(folder, 'data.tgz.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const onUnix = process.platform === 'win32' ? test.skip : test;
const onLinux = process.platform === 'linux' ? test : test.skip;
/** Skipped where this user may not create a PID namespace, in which process IDs start at 1 as in a container. */
const inContainer = canUnshare() ? test : test.skip;

function canUnshare(): boolean {
  try {
    execFileSync(CONTAINER[0]!, [...CONTAINER.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function take(): Promise<string> {
  return withLock(file, async () => readFileSync(file, 'utf8'));
}

test('is held by one caller at a time, and released also after an error', async () => {
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} in`);
    await new Promise((done) => setTimeout(done, 5));
    order.push(`${name} out`);
  };
  await Promise.all([withLock(file, work('a')), withLock(file, work('b'))]);
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
  const own = new Error('of the work');
  await expect(withLock(file, () => Promise.reject(own))).rejects.toBe(own);
  expect(readdirSync(folder)).toEqual([]);
});

onUnix(
  'is held by one of many processes at a time, also when they find the lock of a killed one',
  async () => {
    const killed = holder.start([file, 'forever']);
    await killed.said('held');
    killed.process.kill('SIGKILL');
    await killed.ended;
    expect(existsSync(file)).toBe(true);
    const log = join(folder, 'log.txt');
    const all = Array.from({ length: 6 }, () => holder.start([file, 'briefly', log]));
    for (const { ended } of all) expect((await ended).code).toBe(0);
    expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(6));
    expect(readdirSync(folder)).toEqual(['log.txt']);
  },
);

test.each([
  ['empty, as a full disk leaves it', ''],
  ['of an earlier version, with the number of a process that runs', String(process.ppid)],
  ['something else', '\0\x01 {"pid": 1}'],
])('a lock that is %s is taken over', async (_, content) => {
  writeFileSync(file, content);
  // The time of the file says nothing: clocks of machines differ.
  utimesSync(file, 4e9, 4e9);
  expect(await take()).toContain(processIdentity());
  expect(readdirSync(folder)).toEqual([]);
});

onLinux('a lock of a process whose number is another process’s now is taken over at once', async () => {
  const [machine, , start] = processIdentity().split('-');
  for (const stale of [
    `${machine}-1-${start}`,
    `${machine}-${process.pid}-1`,
    `${machine}-999999999-${start}`,
  ]) {
    writeFileSync(file, `${stale} 1234`);
    expect(await take()).toContain(processIdentity());
  }
});

inContainer('in another container with the same process number, a running holder is waited for', async () => {
  const running = holder.start([file, 'until'], { command: CONTAINER });
  await running.said('held');
  const content = readFileSync(file, 'utf8');
  expect(content).not.toContain(processIdentity().split('-')[0]);
  expect(content).toMatch(/^[0-9a-f]{8}-1-/);
  const second = holder.start([file, 'briefly'], { command: CONTAINER });
  await new Promise((done) => setTimeout(done, 1500));
  expect(readFileSync(file, 'utf8')).toBe(content);
  writeFileSync(`${file}.end`, '');
  await second.said('held');
  expect((await running.ended).code).toBe(0);
  expect((await second.ended).code).toBe(0);
});

testOnDisk('a full disk is an error that says so, and leaves no lock', { kibibytes: 16 }, async (disk) => {
  try {
    writeFileSync(join(disk, 'fill'), new Uint8Array(100_000));
  } catch {}
  const error = await withLock(join(disk, 'a.lock'), async () => 1).catch((error) => error);
  expect(error).toBeInstanceOf(WriteError);
  expect(error.message).toMatch(/the disk is full/);
  expect(readdirSync(disk)).toEqual(['fill']);
});
