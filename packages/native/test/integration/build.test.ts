import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildSync } from 'esbuild';

const packageRoot = join(__dirname, '../..');
const repositoryRoot = join(packageRoot, '..', '..');

// Compiling the whole addon takes long, so building and loading are tested on a package with one small C++ file.
const addonSource = `
#include "answer.h"
#include <node_api.h>
NAPI_MODULE_INIT() {
  napi_value isa, kernels;
  napi_create_string_utf8(env, ANSWER, NAPI_AUTO_LENGTH, &isa);
  napi_set_named_property(env, exports, "isa", isa);
  napi_create_object(env, &kernels);
  napi_set_named_property(env, exports, "kernels", kernels);
  return exports;
}`;

let folder: string;
let root: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-native-'));
  root = join(folder, 'package');
  cpSync(join(packageRoot, 'scripts'), join(root, 'scripts'), { recursive: true });
  cpSync(join(packageRoot, 'package.json'), join(root, 'package.json'));
  mkdirSync(join(root, 'cpp', 'addon'), { recursive: true });
  writeFileSync(join(root, 'cpp', 'addon', 'addon.cc'), addonSource);
  writeFileSync(join(root, 'cpp', 'answer.h'), '#define ANSWER "one"\n');
  buildSync({
    entryPoints: [join(packageRoot, 'src', 'index.ts')],
    outfile: join(root, 'dist', 'index.js'),
    bundle: true,
    platform: 'node',
    external: ['@tensorflow/*'],
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of ['build', 'home']) rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(join(root, 'build'), { recursive: true, force: true });
});

const environment = {
  ...process.env,
  NODE_PATH: [join(packageRoot, 'node_modules'), join(repositoryRoot, 'node_modules')].join(delimiter),
};

function node(args: string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: folder,
    env: { ...environment, ...env },
  });
}

// Visual Studio is searched for in the folder of programs.
const withoutCompiler = { PATH: '', CXX: '', 'ProgramFiles(x86)': repositoryRoot };
const script = () => join(root, 'scripts', 'build.js');
const loadStatus = (root = './package') => `const { nativeStatus } = require('${root}/dist/index.js');
  const tf = require('@tensorflow/tfjs-core');
  tf.ready().then(() => console.log(JSON.stringify([nativeStatus(), tf.getBackend()])));`;

describe('without a compiler', () => {
  test('an install succeeds, and one line says what is missing and how to install it', () => {
    const { status, stdout, stderr } = node([script()], withoutCompiler);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(
      /no C\+\+ compiler.*(apt-get install g\+\+|xcode-select --install|Visual Studio Build Tools)/,
    );
  });

  test('importing works, reports the reason, and keeps the CPU backend', () => {
    const { status, stdout } = node(['-e', loadStatus()], withoutCompiler);
    expect(status).toBe(0);
    const [{ available, reason }, backend] = JSON.parse(stdout);
    expect({ available, backend }).toEqual({ available: false, backend: 'cpu' });
    expect(reason).toMatch('no C++ compiler was found');
  });
});

describe('with a compiler', () => {
  test('the first import builds, and later ones only load', () => {
    const first = node(['-e', loadStatus()]);
    expect(first.stderr).toMatch('building the native engine');
    expect(JSON.parse(first.stdout)).toEqual([{ available: true }, 'native']);
    const second = node(['-e', loadStatus()]);
    expect(second.stderr).toBe('');
    expect(JSON.parse(second.stdout)).toEqual([{ available: true }, 'native']);
  });

  test('an installed package is not built again after it is copied', () => {
    node([script()]);
    const copy = join(folder, 'node_modules', '@fastts', 'native');
    cpSync(root, copy, { recursive: true });
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(copy, 'cpp', 'answer.h'), later, later);
    const { stdout, stderr } = node(['-e', loadStatus('./node_modules/@fastts/native')]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([{ available: true }, 'native']);
  });

  test('only changed files are compiled again, also after a change in a header', () => {
    node([script()]);
    const objects = () => readdirSync(join(root, 'build', 'obj')).filter((name) => name.endsWith('.o'));
    const before = objects();
    const built = statSync(join(root, 'build', 'obj', before[0]!)).mtimeMs;
    expect(node([script()]).stderr).toBe('');
    expect(statSync(join(root, 'build', 'obj', before[0]!)).mtimeMs).toBe(built);
    writeFileSync(join(root, 'cpp', 'answer.h'), '#define ANSWER "two"\n');
    node([script()]);
    expect(objects()).toHaveLength(1);
    expect(objects()).not.toEqual(before);
    const { stdout } = node(['-p', `require('./package/build/fastts_native.node').isa`]);
    expect(stdout.trim()).toBe('two');
  });

  test('the C++ tests are linked from the objects of the addon, and a compiler warning is an error', () => {
    const sources = {
      'twice.cc': 'int twice(int x) { return 2 * x; }\n',
      'test/twice_test.cc': 'int twice(int);\nint main() { return twice(21) != 42; }\n',
    };
    mkdirSync(join(root, 'cpp', 'test'));
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(root, 'cpp', name), text);
    const { status, stdout } = node([script(), '--tests']);
    expect({ status, objects: readdirSync(join(root, 'build', 'test', 'obj')).length }).toEqual({
      status: 0,
      objects: 2,
    });
    expect(spawnSync(stdout.trim()).status).toBe(0);

    writeFileSync(join(root, 'cpp', 'twice.cc'), 'int twice(int x) { int unused; return 2 * x; }\n');
    for (const _ of ['compiled', 'taken from the first time']) {
      const warned = node([script(), '--tests']);
      expect(warned.status).toBe(1);
      expect(warned.stderr).toMatch('unused');
    }
    for (const name of Object.keys(sources)) rmSync(join(root, 'cpp', name));
  });

  test('an unknown sanitizer is reported', () => {
    const { status, stderr } = node([script(), '--sanitize', 'address,memory']);
    expect(status).toBe(1);
    expect(stderr).toMatch('sanitizers are address, undefined, thread, separated by commas, got memory');
  });

  test('two concurrent builds both succeed', async () => {
    const builds = [0, 1].map(
      () =>
        new Promise<number | null>((resolve) => {
          spawn(process.execPath, [script()], { env: environment, stdio: 'ignore' }).on('close', resolve);
        }),
    );
    expect(await Promise.all(builds)).toEqual([0, 0]);
    expect(node(['-p', `require('./package/build/fastts_native.node').isa`]).status).toBe(0);
    expect(readdirSync(join(root, 'build')).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('a package in a read-only folder is built in the home folder', () => {
    writeFileSync(join(root, 'build'), '');
    const { stdout } = node(['-e', loadStatus()], { FASTTS_HOME: join(folder, 'home') });
    expect(JSON.parse(stdout)).toEqual([{ available: true }, 'native']);
    const [version] = readdirSync(join(folder, 'home', 'native'));
    expect(existsSync(join(folder, 'home', 'native', version!, 'fastts_native.node'))).toBe(true);
  });

  test('code that does not compile is reported, and the import continues without the engine', () => {
    writeFileSync(join(root, 'cpp', 'answer.h'), '#define ANSWER 5 5\n');
    const { status, stdout, stderr } = node(['-e', loadStatus()]);
    writeFileSync(join(root, 'cpp', 'answer.h'), '#define ANSWER "one"\n');
    expect(status).toBe(0);
    expect(stderr).toMatch('could not be built');
    expect(JSON.parse(stdout)[0].reason).toMatch('could not be built');
  });
});
