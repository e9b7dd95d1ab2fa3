import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const packages = fileURLToPath(new URL('..', import.meta.url));

/** As in tsconfig.json, but for ES modules. Types are not checked: the compiler has done so for CommonJS. */
const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ES2022,
  importHelpers: true,
  isolatedModules: true,
  sourceMap: true,
};

/** Writes a package's sources as ES modules to `dist/esm`, one file each, so that bundlers can drop unused ones. */
export function emitModules(name) {
  const [from, to] = ['src', 'dist/esm'].map((folder) => path.join(packages, name, folder));
  const kept = new Set();
  for (const file of fs.readdirSync(from, { recursive: true })) {
    // The command runs in Node, which uses CommonJS.
    if (!file.endsWith('.ts') || file.startsWith('cli')) continue;
    const source = path.join(from, file);
    const target = path.join(to, file.replace(/ts$/, 'mjs'));
    kept.add(target).add(`${target}.map`);
    if (isNewer(target, source)) continue;
    const { outputText, sourceMapText } = emitModule(source, target);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, outputText);
    fs.writeFileSync(`${target}.map`, sourceMapText);
  }
  for (const file of fs.readdirSync(to, { recursive: true })) {
    const target = path.join(to, file);
    if (/\.(mjs|map)$/.test(file) && !kept.has(target)) fs.rmSync(target);
  }
}

function emitModule(source, target) {
  const { outputText, sourceMapText } = ts.transpileModule(fs.readFileSync(source, 'utf8'), {
    fileName: source.replace(/ts$/, 'mts'),
    compilerOptions,
    transformers: { after: [importModules] },
  });
  const map = { ...JSON.parse(sourceMapText), sources: [path.relative(path.dirname(target), source)] };
  return { outputText, sourceMapText: JSON.stringify(map) };
}

/** Rewrites imports to the names of the ES modules: `./x.mjs` for `./x.js`. */
function importModules({ factory }) {
  const named = (statement) => {
    const { moduleSpecifier } = statement;
    if (!moduleSpecifier || !/^\.{1,2}\/.*\.js$/.test(moduleSpecifier.text)) return statement;
    const specifier = factory.createStringLiteral(moduleSpecifier.text.replace(/js$/, 'mjs'), true);
    const { modifiers, attributes } = statement;
    if (ts.isImportDeclaration(statement)) {
      return factory.updateImportDeclaration(statement, modifiers, statement.importClause, specifier, attributes);
    }
    const { isTypeOnly, exportClause } = statement;
    return factory.updateExportDeclaration(statement, modifiers, isTypeOnly, exportClause, specifier, attributes);
  };
  return (file) => factory.updateSourceFile(file, file.statements.map(named));
}

function isNewer(target, source) {
  const [made, edited] = [target, source].map((file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs);
  return made !== undefined && made > edited;
}
