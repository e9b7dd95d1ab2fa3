import { type Context, createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';

/**
 * Simulates a page, without Node's globals, that has loaded the program `contents`, bundled for browsers. The
 * program's exports are properties of `fastts`. Its imports are resolved from the folder `resolveDir`.
 */
export async function pageWith(
  contents: string,
  resolveDir: string,
  { minify = false } = {},
): Promise<Context> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    globalName: 'fastts',
    logLevel: 'silent',
  });
  const page = createContext({
    console,
    performance,
    setTimeout,
    clearTimeout,
    TextEncoder,
    TextDecoder,
    URL,
  });
  const document = '{ createElement: () => ({ getContext: () => null, addEventListener() {} }) }';
  runInContext(`var window = globalThis, self = globalThis, navigator = {}, document = ${document};`, page);
  runInContext(outputFiles[0]!.text, page);
  return page;
}
