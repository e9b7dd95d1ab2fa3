import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { build, type Plugin } from 'esbuild';

const root = path.resolve(__dirname, '../../..');

/** A TypeScript program that runs in processes of its own, and can be killed. */
export interface Program {
  /** Starts it. `command` goes before Node's, such as `['unshare', '--pid']`. */
  start(args: readonly string[], options?: StartOptions): Running;
  /** Deletes it. */
  remove(): void;
}

/** Settings of {@link Program.start}. */
export interface StartOptions {
  env?: NodeJS.ProcessEnv;
  command?: readonly string[];
}

/** A running program. */
export interface Running {
  process: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves when the program has written this text to standard output; rejects if it ends without. */
  said(text: string): Promise<void>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string; errors: string }>;
}

/**
 * Builds a program from its source, whose imports are resolved from the folder `resolveDir`.
 *
 * @param from Whether it uses the packages' sources (default), or their builds, which a program that trains needs.
 */
export async function program(
  contents: string,
  resolveDir: string,
  from: 'sources' | 'builds' = 'sources',
): Promise<Program> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fastts-program-'));
  const outfile = path.join(folder, 'program.cjs');
  await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    packages: 'external',
    supported: { 'dynamic-import': false },
    plugins: from === 'sources' ? [sources] : [],
    logLevel: 'silent',
  });
  return {
    start: (args, { env, command = [] } = {}) => {
      const [file, ...rest] = [...command, process.execPath, outfile, ...args];
      const child = spawn(file!, rest, {
        env: { ...process.env, NODE_PATH: path.join(root, 'node_modules'), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return running(child);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function running(child: ChildProcessByStdio<null, Readable, Readable>): Running {
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended: Running['ended'] = new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code, signal, output, errors }));
  });
  const said = async (text: string) => {
    while (!output.includes(text)) {
      const more = new Promise((done) => child.stdout.once('data', done));
      const result = await Promise.race([more, ended]);
      if (child.exitCode !== null && !output.includes(text)) {
        throw new Error(`The program ended without '${text}': ${JSON.stringify(result)}`);
      }
    }
  };
  return { process: child, said, ended };
}

/** The packages' sources instead of their builds, which may not exist, and without core's refusal of bundles. */
const sources: Plugin = {
  name: 'sources',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@fastts\/\w+$/ }, ({ path: name }) => ({
      path: path.join(root, 'packages', name.split('/')[1]!, 'src/index.ts'),
    }));
    onLoad({ filter: /refuseBundle\.ts$/ }, () => ({ contents: '' }));
  },
};
