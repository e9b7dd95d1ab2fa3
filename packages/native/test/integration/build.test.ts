import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildSync } from 'esbuild';
import { currentPlatform } from '../../src/platforms.js';

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
  for (const name of ['home', 'app', 'one', 'two'])
    rmSync(join(folder, name), { recursive: true, force: true });
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
  test('a build fails, and one line says what is missing and how to install it', () => {
    const { status, stdout, stderr } = node([script()], withoutCompiler);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(
      /no C\+\+ compiler.*(apt-get install g\+\+|xcode-select --install|Visual Studio Build Tools)/,
    );
  });
});

describe('an import', () => {
  const status = (env: NodeJS.ProcessEnv = {}, root = './package') => {
    const { stdout, stderr } = node(['-e', loadStatus(root)], env);
    const [{ available, reason }, backend] = JSON.parse(stdout);
    return { available, reason, backend, stderr };
  };
  const works = { available: true, reason: undefined, backend: 'native', stderr: '' };
  /** A published package of this platform. */
  const writePublished = (modules: string, addon: string, version: string) => {
    const place = join(modules, '@fastts', `native-${currentPlatform()}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ version }));
    writeFileSync(join(place, 'index.js'), `module.exports = __dirname + '/fastts_native.node';`);
    if (addon) cpSync(addon, join(place, 'fastts_native.node'));
  };
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));

  test('without any binary reports how to get one, and keeps the CPU backend', () => {
    const { available, reason, backend } = status();
    expect({ available, backend }).toEqual({ available: false, backend: 'cpu' });
    expect(reason).toBe(
      `the optional package @fastts/native-${currentPlatform()} is not installed: run npm install ` +
        `@fastts/native-${currentPlatform()}@${version}, or compile it by npx fastts setup native`,
    );
  });

  test('on a platform without a published binary says so', () => {
    const odd = `Object.defineProperty(process, 'arch', { value: 'riscv64' }); ${loadStatus()}`;
    const [{ reason }] = JSON.parse(node(['-e', odd]).stdout);
    expect(reason).toMatch(/^there is no binary for \w+ on riscv64: compile it by npx fastts setup native$/);
  });

  test('loads what was built in a checkout, until its sources change', () => {
    node([script()]);
    expect(status()).toEqual(works);
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(root, 'cpp', 'answer.h'), later, later);
    expect(status()).toMatchObject({
      available: false,
      reason: expect.stringMatching(/is older than its C\+\+ sources: run npm run build$/),
    });
    const now = new Date();
    utimesSync(join(root, 'cpp', 'answer.h'), now, now);
  });

  test('of an installed package loads the published binary, if it has its version', () => {
    node([script()]);
    const addon = join(root, 'build', 'fastts_native.node');
    const modules = join(folder, 'app', 'node_modules');
    const copy = join(modules, '@fastts', 'native');
    cpSync(root, copy, { recursive: true, filter: (source) => source !== join(root, 'build') });
    const home = { FASTTS_HOME: join(folder, 'home') };
    writePublished(modules, addon, version);
    expect(status(home, copy)).toEqual(works);
    writePublished(modules, '', '0.0.1');
    expect(status(home, copy).reason).toMatch(
      `@fastts/native-${currentPlatform()} has version 0.0.1, but @fastts/native has ${version}: run npm install`,
    );
    rmSync(join(modules, '@fastts', `native-${currentPlatform()}`), { recursive: true });
    expect(status(home, copy).reason).toMatch('is not installed');
  });

  test('of an installed package loads what `buildNative` has compiled, for all projects', () => {
    const copies = ['one', 'two'].map((app) => join(folder, app, 'node_modules', '@fastts', 'native'));
    for (const copy of copies) cpSync(root, copy, { recursive: true });
    const home = { FASTTS_HOME: join(folder, 'home') };
    const built = node(['-e', `require('${copies[0]}').buildNative()`], home);
    expect(built.stderr).toMatch(/compiling the native engine, 1 file, with .*built the native engine/s);
    for (const copy of copies) expect(status(home, copy)).toEqual(works);
    expect(existsSync(join(copies[0]!, 'build'))).toBe(false);
    const failed = node(['-e', `require('${copies[0]}').buildNative()`], { ...home, ...withoutCompiler });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/no C\+\+ compiler.*The native engine was not built: see above/s);
  });

  test('loads the file that FASTTS_NATIVE_ADDON names, and no other', () => {
    node([script()]);
    const addon = join(root, 'build', 'fastts_native.node');
    expect(status({ FASTTS_NATIVE_ADDON: addon })).toEqual(works);
    const other = join(folder, 'other.node');
    writeFileSync(other, 'no machine code');
    expect(status({ FASTTS_NATIVE_ADDON: other })).toMatchObject({
      available: false,
      reason: expect.stringContaining(`${other} could not be loaded: `),
    });
  });
});

describe('with a compiler', () => {
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

  test('code that does not compile is reported', () => {
    writeFileSync(join(root, 'cpp', 'answer.h'), '#define ANSWER 5 5\n');
    const { status, stderr } = node([script()]);
    writeFileSync(join(root, 'cpp', 'answer.h'), '#define ANSWER "one"\n');
    expect(status).toBe(1);
    expect(stderr).toMatch(/could not be built with .*answer\.h/s);
  });
});
