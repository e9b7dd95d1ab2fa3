import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import ts from 'typescript';
import { programsOf } from './markdownProgram.js';

/** The code in `docs/` and the READMEs is type-checked against the built packages, and run where possible. */
const root = path.resolve(__dirname, '../../../..');
const pages = [
  ...['README.md', ...readdirSync(path.join(root, 'docs')).map((file) => `docs/${file}`)],
  ...readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}/README.md`),
].filter((file) => file.endsWith('.md') && existsSync(path.join(root, file)));
const programs = pages.flatMap((page) =>
  programsOf(path.join(root, page), page.replace(/\.md$/, '').replaceAll('/', '-')),
);
/** Inside the repository, so that packages are resolved. */
const emitted = path.join(root, 'out', 'docs-programs');

let diagnostics: readonly ts.Diagnostic[] = [];
let folder: string;

beforeAll(async () => {
  if (!existsSync(path.join(root, 'packages/fastts/dist/index.js'))) {
    throw new Error('packages/*/dist is missing: run `npm run build` first');
  }
  diagnostics = compile();
  folder = mkdtempSync(path.join(tmpdir(), 'fastts-docs-'));
  for (const [label, tint] of Object.entries({ cat: 60, dog: 190 })) {
    mkdirSync(path.join(folder, 'pictures', label), { recursive: true });
    for (let i = 0; i < 24; i++) {
      const data = Buffer.from(Array.from({ length: 70 * 60 * 3 }, (_, j) => tint + ((j * 7 + i * 13) % 60)));
      const picture = sharp(data, { raw: { width: 70, height: 60, channels: 3 } });
      await picture.png().toFile(path.join(folder, 'pictures', label, `${i}.png`));
    }
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(emitted, { recursive: true, force: true });
});

const fileOf = (name: string) => path.join(emitted, `${name}.mts`);

/** Type-checks all programs together, and emits each as JavaScript. */
function compile(): readonly ts.Diagnostic[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  };
  mkdirSync(emitted, { recursive: true });
  for (const { name, text } of programs) writeFileSync(fileOf(name), `${text}\nexport {};\n`);
  const program = ts.createProgram(
    programs.map(({ name }) => fileOf(name)),
    options,
  );
  program.emit();
  return ts.getPreEmitDiagnostics(program);
}

test.each(programs)('$name has no type errors', ({ name }) => {
  const mistakes = diagnostics.filter(({ file }) => file && path.resolve(file.fileName) === fileOf(name));
  const host = {
    getCanonicalFileName: (file: string) => file,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  };
  if (mistakes.length > 0) throw new Error(ts.formatDiagnosticsWithColorAndContext(mistakes, host));
});

test.each(programs.filter(({ runs }) => runs))('$name runs', ({ name }) => {
  execFileSync(process.execPath, [fileOf(name).replace(/\.mts$/, '.mjs')], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
  });
});

test('the documentation site has no broken links', () => {
  const typedoc = path.join(root, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const options = ['--options', 'docs/typedoc.json', '--emit', 'none', '--logLevel', 'Error'];
  execFileSync(process.execPath, [typedoc, ...options], { cwd: root, stdio: 'pipe' });
});
