import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { packAll } from '@fastts/release/packages';
import { installInto } from '@fastts/testing/published';
import { serveRegistry } from '@fastts/testing/registry';
import type { LocalServer } from '@fastts/testing/server';
import { currentPlatform, platforms } from '../../../native/src/platforms.js';

/**
 * Each package manager installs fastts as it is published, with its default of running no install scripts, on a machine without a compiler.
 */
const dir = mkdtempSync(path.join(tmpdir(), 'fastts-managers-'));
const tools = path.join(dir, 'tools/node_modules');
const bin = path.join(dir, 'bin');
let registry: LocalServer;

interface Manager {
  /** The program and its arguments, to which the package's name is added. */
  install: readonly string[];
  /** Files of the project beside `package.json`. */
  files?: Readonly<Record<string, string>>;
  /** How a script of the project is run (default: by Node). */
  start?: readonly string[];
}

const node = process.execPath;
const yarn = [node, path.join(tools, '@yarnpkg/cli-dist/bin/yarn.js')];
const managers: Readonly<Record<string, Manager>> = {
  npm: { install: [node, npmProgram(), 'install', '--no-audit', '--no-fund'] },
  pnpm: { install: [node, path.join(tools, 'pnpm/bin/pnpm.mjs'), 'add'] },
  'yarn with node_modules': {
    install: [...yarn, 'add'],
    files: { '.yarnrc.yml': 'nodeLinker: node-modules\n', 'yarn.lock': '' },
  },
  "yarn with Plug'n'Play": {
    install: [...yarn, 'add'],
    files: { '.yarnrc.yml': 'nodeLinker: pnp\n', 'yarn.lock': '' },
    start: [...yarn, 'node'],
  },
  bun: { install: [bunProgram(), 'add'] },
};

/** npm's program, which is beside Node, or in a folder of libraries. */
function npmProgram(): string {
  const places = process.platform === 'win32' ? ['node_modules'] : ['../lib/node_modules'];
  return path.resolve(path.dirname(process.execPath), places[0]!, 'npm/bin/npm-cli.js');
}

function bunProgram(): string {
  const { platform, arch } = process;
  const system = platform === 'win32' ? 'windows' : platform;
  const cpu = arch === 'arm64' ? 'aarch64' : arch;
  return path.join(tools, `@oven/bun-${system}-${cpu}`, 'bin', platform === 'win32' ? 'bun.exe' : 'bun');
}

/** Runs a program that finds no other programs than Node, and uses no cache of this machine. */
async function runIn(app: string, [file, ...args]: readonly string[]): Promise<string> {
  const running = promisify(execFile)(file!, args, {
    cwd: app,
    maxBuffer: 2 ** 26,
    env: {
      ...process.env,
      PATH: bin,
      HOME: path.join(dir, 'home'),
      FASTTS_HOME: path.join(dir, 'home'),
      npm_config_cache: path.join(dir, 'cache'),
      YARN_NPM_REGISTRY_SERVER: registry.address,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_ENABLE_TELEMETRY: '0',
      BUN_CONFIG_REGISTRY: registry.address,
      BUN_INSTALL_CACHE_DIR: path.join(dir, 'cache'),
    },
  });
  // Yarn prints errors to standard output.
  const { stdout } = await running.catch(({ message, stdout }) => {
    throw new Error(`${message}\n${stdout}`);
  });
  return stdout;
}

const program = `
import { BatchNorm1d, CrossEntropyLossFlat, Learner, Linear, ReLU, Sequential, accuracy, currentEngine, setSeed, tf } from 'fastts';
import { createRequire } from 'node:module';

setSeed(1);
const batches = {
  length: 8,
  *[Symbol.iterator]() {
    for (let i = 0; i < 8; i++) {
      const classes = tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32');
      yield [tf.tidy(() => tf.add(tf.randomNormal([8, 3]), tf.mul(classes, 4).reshape([8, 1]))), classes];
    }
  },
};
const model = new Sequential(new Linear(3, 8), new BatchNorm1d(8), new ReLU(), new Linear(8, 2));
const lossFunc = new CrossEntropyLossFlat();
const learn = new Learner({ train: batches, valid: batches }, model, { lossFunc, metrics: accuracy });
await learn.fitOneCycle(3, 0.03);
const [, score] = await learn.validate();
const isShared = createRequire(import.meta.url)('fastts').Learner === Learner;
console.log(JSON.stringify({ engine: currentEngine(), learned: score > 0.9, isShared }));
`;

beforeAll(async () => {
  const other = path.join(dir, 'other.node');
  writeFileSync(other, 'machine code for another platform');
  const own = path.resolve(__dirname, '../../../native/build/fastts_native.node');
  const addons = platforms.map(({ name }) => [name, name === currentPlatform() ? own : other] as const);
  registry = await serveRegistry(packAll(path.join(dir, 'tarballs'), new Map(addons)));
  const bun = path.relative(tools, path.dirname(path.dirname(bunProgram()))).replaceAll('\\', '/');
  installInto(path.dirname(tools), ['pnpm', '@yarnpkg/cli-dist', bun], ['--ignore-scripts']);
  mkdirSync(bin);
  symlinkSync(node, path.join(bin, path.basename(node)));
});

afterAll(async () => {
  await registry?.close();
  rmSync(dir, { recursive: true, force: true });
});

test.each(Object.entries(managers))(
  '%s installs fastts, which trains on native',
  async (name, { install, files = {}, start = [node] }) => {
    const app = path.join(dir, name.replace(/\W+/g, '-'));
    mkdirSync(app);
    const manifest = { name: 'app', private: true, type: 'module' };
    for (const [file, text] of Object.entries({
      'package.json': JSON.stringify(manifest),
      'train.mjs': program,
      '.npmrc': `registry=${registry.address}/\n`,
      ...files,
    })) {
      writeFileSync(path.join(app, file), text);
    }
    await runIn(app, [...install, 'fastts']);
    const output = await runIn(app, [...start, 'train.mjs']);
    const expected = { engine: 'native', learned: true, isShared: true };
    expect(JSON.parse(output.trim().split('\n').at(-1)!)).toEqual(expected);
    if (name === 'npm') {
      const installed = readdirSync(path.join(app, 'node_modules/@fastts'));
      expect(installed.filter((each) => each.startsWith('native-'))).toEqual([`native-${currentPlatform()}`]);
    }
  },
);
