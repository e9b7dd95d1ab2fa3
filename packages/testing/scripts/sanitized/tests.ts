import { devNull } from 'node:os';
import path from 'node:path';
import type { Run, SanitizedBuild } from './sanitizedBuild.js';

interface Test {
  name: string;
  /** Throws an error if the test fails. */
  check(): void;
}

/** The faults of cpp/test/fault.cc for each sanitizer, with what it must report. */
const FAULTS: Record<string, Record<string, string>> = {
  address: { overflow: 'heap-buffer-overflow', beyond_array: 'use-after-poison' },
  undefined: { integer: 'signed integer overflow' },
  thread: { race: 'data race', race_in_pool: 'data race' },
};

/** Jest tests of each kernel. */
const SHORT = ['packages/native/test/[^/]*$'];
/** Jest tests that use the engine. Those of `integration` run on each instruction set. */
const LONG = [
  'packages/(core|learner|native)/test/[^/]*$',
  'packages/native/test/integration/(tfjsSuite|isa)',
];

/** The tests of a build, in the order in which they run. */
export function* testsOf(build: SanitizedBuild, isShort: boolean): Generator<Test> {
  yield { name: 'reports faults made on purpose', check: () => checkFaults(build) };
  yield {
    name: "Node loads the sanitized addon instead of the package's own",
    check: () => checkLoaded(build),
  };
  const programs = [['memory_test'], ['parallel_test'], ['products_test', isShort ? '3' : '20']];
  for (const [program, ...args] of programs) {
    yield passes(program!, () => build.run([build.program(program!), ...args]));
  }
  const isas = instructionSets(build);
  for (const isa of isShort ? isas.slice(0, 1) : isas) {
    yield passes(`training with two threads, in two workers and the main thread, by ${isa}`, () =>
      build.runNode([path.join(__dirname, 'train.mjs')], { FASTTS_NUM_THREADS: '2', FASTTS_ISA: isa }),
    );
  }
  // Not with `thread`: their arrays may overlap, and then several threads use the same memory.
  if (!isShort && build.sanitizers.includes('address')) {
    for (const script of ['kernels.run.ts', 'ops.run.ts']) {
      yield passes(`random calls, ${script}`, () => build.runNode(randomCalls(script)));
    }
  }
  const tests = isShort ? SHORT : LONG;
  yield passes(`Jest, ${tests.join(' ')}`, () =>
    build.runNode([require.resolve('jest/bin/jest'), '--maxWorkers=2', ...tests]),
  );
}

/** The arguments for 30,000 calls of seed 1 by a script of native's test/fuzz. */
function randomCalls(script: string): string[] {
  const file = path.resolve(__dirname, '../../../native/test/fuzz', script);
  return ['--require', 'tsx/cjs', file, '1', '0', '30000', devNull];
}

function checkFaults(build: SanitizedBuild): void {
  for (const [fault, expected] of build.sanitizers.flatMap((name) => Object.entries(FAULTS[name]!))) {
    const runs = {
      'a program': build.run([build.program('fault'), fault]),
      Node: build.runNode(['--eval', `require(${JSON.stringify(build.faultAddon)})`], {
        FASTTS_FAULT: fault,
      }),
    };
    for (const [where, { status, report, output }] of Object.entries(runs)) {
      if (status === 0 || !report.includes(expected)) {
        throw new Error(
          `The fault ${fault} in ${where} was not reported as ${expected}:\n${report}${output}`,
        );
      }
    }
  }
}

function checkLoaded(build: SanitizedBuild): void {
  const program = `
    const { nativeInfo } = require('@fastts/native');
    nativeInfo();
    console.log(process.report.getReport().sharedObjects.join('\\n'));`;
  const { output } = build.runNode(['--eval', program]);
  const addons = output.split('\n').filter((file) => path.basename(file) === path.basename(build.addon));
  if (addons.join() !== build.addon)
    throw new Error(`Node loaded other addons than ${build.addon}:\n${output}`);
}

/** The instruction sets that this machine supports, best first. */
function instructionSets(build: SanitizedBuild): string[] {
  const { output } = build.runNode(['--print', `require(${JSON.stringify(build.addon)}).isas.join()`]);
  return output.trim().split(',');
}

/** A test that fails if the command fails or a sanitizer reports something. */
function passes(name: string, run: () => Run): Test {
  return {
    name,
    check() {
      const { status, report, output } = run();
      if (status === 0 && report === '') return;
      throw new Error(`${name}: status ${status}\n${report || output}`);
    },
  };
}
