import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A program made of a page's code blocks. */
export interface MarkdownProgram {
  /** The name of its file. */
  name: string;
  text: string;
  /** Whether it can run in the test. */
  runs: boolean;
}

/**
 * The programs of a Markdown page: its `ts` blocks in sequence are one program, with their imports merged; each `ts
 * no-run` block is a separate program, which needs something that is not available in a test.
 */
export function programsOf(page: string, name: string): MarkdownProgram[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```ts( no-run)?\n(.*?)^```$/gms)];
  const running = blocks.filter(([, noRun]) => !noRun).map(([, , code]) => code!);
  const others = blocks.filter(([, noRun]) => noRun).map(([, , code]) => code!);
  return [
    ...(running.length > 0 ? [{ name, text: join(running), runs: true }] : []),
    ...others.map((text, i) => ({ name: `${name}-${i + 1}`, text: join([text]), runs: false })),
  ];
}

/** Joins pieces of code into one module: first the imports of all, each name once. */
function join(pieces: readonly string[]): string {
  const named = new Map<string, Set<string>>();
  const whole = new Set<string>();
  const rest = pieces.map((piece) => {
    const source = ts.createSourceFile('piece.mts', piece, ts.ScriptTarget.ES2022);
    return source.statements
      .filter((statement) => {
        if (!ts.isImportDeclaration(statement)) return true;
        const from = (statement.moduleSpecifier as ts.StringLiteral).text;
        const bindings = statement.importClause?.namedBindings;
        if (bindings && ts.isNamedImports(bindings)) {
          const names = named.get(from) ?? new Set();
          for (const element of bindings.elements) names.add(element.getText(source));
          named.set(from, names);
        } else whole.add(statement.getText(source));
        return false;
      })
      .map((statement) => statement.getFullText(source))
      .join('');
  });
  const imports = [...named].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}';`);
  return [...whole, ...imports, ...rest].join('\n');
}

/** The same module with its statements in a function, as CommonJS takes no `await` outside of one. */
export function inFunction(text: string): string {
  const source = ts.createSourceFile('module.mts', text, ts.ScriptTarget.ES2022);
  const [imports, rest] = [true, false].map((wanted) =>
    source.statements
      .filter((statement) => ts.isImportDeclaration(statement) === wanted)
      .map((statement) => statement.getFullText(source))
      .join(''),
  );
  return `${imports}\nexport async function main() {${rest}\n}\n`;
}
