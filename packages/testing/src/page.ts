import { type Context, createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';

/**
 * A stand-in for a page, which has nothing of Node, that has loaded the program `contents`, bundled for browsers; what the
 * program exports are properties of `fastts`. Its imports are found from the folder `resolveDir`.
 */
export async function pageWith(contents: string, resolveDir: string): Promise<Context> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
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
