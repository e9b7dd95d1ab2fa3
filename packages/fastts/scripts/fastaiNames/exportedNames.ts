import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(__dirname, '../../../..');

/** Everything the built package `fastts` exports: values and types by name, and members of classes and interfaces as `Class.member`. */
export function exportedNames(): ReadonlySet<string> {
  const entry = path.join(root, 'packages/fastts/dist/index.d.ts');
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
    skipLibCheck: true,
  });
  const source = program.getSourceFile(entry);
  if (!source) throw new Error(`${entry} is missing: run \`npm run build\` first`);
  const checker = program.getTypeChecker();
  const names = new Set<string>();
  for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(source)!)) {
    names.add(symbol.name);
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (target.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) {
      for (const member of checker.getDeclaredTypeOfSymbol(target).getProperties()) {
        names.add(`${symbol.name}.${member.name}`);
      }
    }
  }
  return names;
}
