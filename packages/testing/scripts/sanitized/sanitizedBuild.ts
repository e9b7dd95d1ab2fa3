import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Exit status if there are no sanitizers. */
export const UNAVAILABLE = 3;

/** The compiler or the system has no sanitizers. */
export class Unavailable extends Error {}

const native = path.resolve(__dirname, '../../../native');
const buildScript = path.join(native, 'scripts', 'build.js');
const { ADDON, FAULT_ADDON, buildFolder, findToolchain, sanitizerRuntimes } =
  createRequire(__filename)(buildScript);

/** The first line of a report. Warnings, such as of a failed allocation, are none. */
const REPORT = /ERROR: \w+Sanitizer|WARNING: ThreadSanitizer: |: runtime error: /;

/** How a command ended. */
export interface Run {
  status: number | null;
  /** What sanitizers reported in the command and in all processes that it started. */
  report: string;
  output: string;
}

/** The addon and the C++ test programs, built with sanitizers. */
export class SanitizedBuild {
  readonly addon: string;
  readonly faultAddon: string;
  private readonly folder: string;
  private readonly runtimes: string[];
  /** Sanitizers expect programs and libraries at certain addresses, which some systems' random ones are not. */
  private readonly launcher: string[];
  private readonly findsLeaks: boolean;

  /**
   * Builds.
   *
   * @param sanitizers `address` and `undefined`, or `thread`.
   * @throws {Unavailable} if the compiler or the system has no sanitizers.
   */
  constructor(readonly sanitizers: readonly string[]) {
    const { files, reason } = sanitizerRuntimes(findToolchain(), sanitizers);
    if (reason) throw new Unavailable(`There is no sanitizer: ${reason}.`);
    this.runtimes = files;
    this.folder = path.join(buildFolder(), sanitizers.join('-'));
    this.addon = path.join(this.folder, ADDON);
    this.faultAddon = path.join(this.folder, 'test', FAULT_ADDON);
    const args = [buildScript, '--tests', '--sanitize', sanitizers.join(',')];
    const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error('The engine could not be built.');
    // Containers may forbid either.
    const fixed = [process.arch === 'arm64' ? 'aarch64' : 'x86_64', '--addr-no-randomize'];
    this.launcher = spawnSync('setarch', [...fixed, 'true']).status === 0 ? ['setarch', ...fixed] : [];
    this.findsLeaks = this.runProgram([this.program('fault')], true).status === 0;
  }

  /** The path of a program of cpp/test. */
  program(name: string): string {
    return path.join(this.folder, 'test', name);
  }

  /** Runs a C++ program; memory that it leaks is reported where the system lets a process inspect itself. */
  run(command: readonly string[]): Run {
    return this.runProgram(command, this.findsLeaks);
  }

  /** Runs Node, which loads the sanitized addon instead of the package's own. */
  runNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
    return this.spawn([process.execPath, ...args], {
      ...this.options(false), // Node does not free all that it allocates
      LD_PRELOAD: this.runtimes.join(' '),
      FASTTS_NATIVE_ADDON: this.addon,
      ...env,
    });
  }

  private runProgram(command: readonly string[], findsLeaks: boolean): Run {
    // The system does not know where clang's libraries are.
    const folders = this.runtimes.map((file) => path.dirname(file));
    return this.spawn(command, { ...this.options(findsLeaks), LD_LIBRARY_PATH: folders.join(':') });
  }

  private options(findsLeaks: boolean): NodeJS.ProcessEnv {
    const options = 'halt_on_error=1:allocator_may_return_null=1'; // tests allocate more memory than there is
    return {
      ASAN_OPTIONS: `${options}:detect_leaks=${+findsLeaks}:detect_stack_use_after_return=1:strict_init_order=1`,
      UBSAN_OPTIONS: `${options}:print_stacktrace=1`,
      // How Node's own code synchronizes is unknown, because it is not instrumented.
      TSAN_OPTIONS: `${options}:ignore_noninstrumented_modules=1`,
    };
  }

  private spawn(command: readonly string[], env: NodeJS.ProcessEnv): Run {
    const reports = mkdtempSync(path.join(tmpdir(), 'fastts-sanitized-'));
    try {
      // To files, because tests do not show what the processes print that they start.
      const toFiles = Object.entries(env).map(([name, value]) => [
        name,
        name.endsWith('SAN_OPTIONS') ? `${value}:log_path=${path.join(reports, name)}` : value,
      ]);
      const [file, ...args] = [...this.launcher, ...command];
      const { status, stdout, stderr, error } = spawnSync(file!, args, {
        env: { ...process.env, ...Object.fromEntries(toFiles) },
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      if (error) throw error;
      const files = readdirSync(reports).sort();
      const output = `${stdout}${stderr}`;
      // GCC's UndefinedBehaviorSanitizer only prints.
      const texts = [...files.map((name) => readFileSync(path.join(reports, name), 'utf8')), output];
      return { status, report: texts.filter((text) => REPORT.test(text)).join('\n'), output };
    } finally {
      rmSync(reports, { recursive: true });
    }
  }
}
