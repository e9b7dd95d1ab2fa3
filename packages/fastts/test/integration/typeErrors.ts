import ts from 'typescript';

/**
 * The compiler's errors in strict programs that have these files, and in all declarations that they reach unless the options
 * skip them; empty if there is none.
 */
export function typeErrors(files: readonly string[], options: ts.CompilerOptions): string {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    ...options,
  });
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
    getCanonicalFileName: (file) => file,
    getCurrentDirectory: () => program.getCurrentDirectory(),
    getNewLine: () => '\n',
  });
}
