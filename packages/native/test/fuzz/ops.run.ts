/**
 * Calls operations of TensorFlow.js with random shapes and attributes, some of them nonsense, on this backend and on the
 * CPU backend: `node --require tsx/cjs ops.run.ts SEED FIRST COUNT PROGRESS_FILE [--print]`, as in kernels.run.ts.
 */
import { openSync, writeSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '../../src/index.js';
import { Draw } from './draw.js';
import { type OpCall, opCalls } from './opCalls.js';

const [seed, first, count] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const progress = openSync(process.argv[5]!, 'w');
const prints = process.argv.includes('--print');
const names = Object.keys(opCalls);
let [answered, refused] = [0, 0];

/** What this backend refuses; the CPU backend's answers to that are arbitrary. */
const refusals = [
  /^Paddings must be integers of at least 0/,
  /^A slice must begin at integers/,
  /^A tensor must be repeated/,
  /^The native kernel copy's `layout\[\d+\]` must be an integer/,
  /^The native kernel (conv2d|maxPool|avgPool)\w*'s `shape\.\w+` must be an integer/,
  /^The native kernel \w+'s `shape` must be of an image with at least one pixel/,
  /^Tensor must have a shape comprised of positive integers/,
];

/** What this backend does as well. */
const extensions = [
  /Either strides or dilations must be 1/,
  // Of a strided slice of no elements.
  /^Negative size values should be exactly -1|^Size\(\d+\) must match the product of shape 0/,
];

interface Result {
  shape: number[];
  dtype: string;
  values: ArrayLike<number>;
}

async function main() {
  tf.env().set('IS_TEST', true);
  for (let i = first; i < first + count; i++) {
    writeSync(progress, String(i).padEnd(12), 0);
    const draw = new Draw(seed, i);
    const name = names[i % names.length]!;
    const call = opCalls[name]!(draw);
    const text = `${name}(${call.operands.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(', ')}; ${shown(call)})`;
    if (prints) console.log(`${i} ${text}`);
    const [own, theirs] = [await on('native', call), await on('cpu', call)];
    const problem = difference(own, theirs);
    if (problem) console.log(`call ${i}: ${text}: ${problem}`);
  }
  console.log(`made ${count} calls: ${answered} answered, ${refused} refused`);
}

const shown = ({ attributes }: OpCall) =>
  attributes
    .map((attribute) =>
      JSON.stringify(attribute, (_, value) => (typeof value === 'number' ? String(value) : value)),
    )
    .join(', ')
    .replaceAll('"', '');

async function on(backend: string, call: OpCall): Promise<Result[] | Error> {
  await tf.setBackend(backend);
  try {
    let results: Result[] = [];
    tf.tidy(() => {
      const tensors = call.operands.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
      results = [call.run(...tensors)]
        .flat()
        .map((tensor) => ({ shape: tensor.shape, dtype: tensor.dtype, values: tensor.dataSync().slice() }));
    });
    return results;
  } catch (error) {
    return error instanceof Error ? error : new Error(`threw ${error}`);
  }
}

/** How this backend's answer is wrong: the CPU backend gave another. */
function difference(own: Result[] | Error, theirs: Result[] | Error): string | undefined {
  if (own instanceof Error) {
    refused++;
    if (theirs instanceof Error || refusals.some((refusal) => refusal.test(own.message))) return undefined;
    return `threw ${own.name}: ${own.message}, the CPU backend did not`;
  }
  answered++;
  if (theirs instanceof Error) {
    if (extensions.some((extension) => extension.test(theirs.message))) return undefined;
    return `did not throw ${theirs.name}: ${theirs.message}`;
  }
  if (own.length !== theirs.length) return `gave ${own.length} results, not ${theirs.length}`;
  for (const [i, { shape, dtype, values }] of theirs.entries()) {
    const mine = own[i]!;
    if (`${mine.shape}` !== `${shape}`) return `has shape [${mine.shape}], not [${shape}]`;
    if (mine.dtype !== dtype) return `has type ${mine.dtype}, not ${dtype}`;
    // The CPU backend's product of no matrices is not empty.
    if (values.length !== tf.util.sizeFromShape(shape)) continue;
    if (mine.values.length !== values.length) return `has ${mine.values.length} values, not ${values.length}`;
    for (let j = 0; j < values.length; j++) {
      if (!isClose(mine.values[j]!, values[j]!)) return `has ${mine.values[j]} at ${j}, not ${values[j]}`;
    }
  }
  return undefined;
}

function isClose(value: number, wanted: number): boolean {
  return (
    Object.is(value, wanted) || Math.abs(value - wanted) <= 1e-3 + 1e-4 * Math.abs(wanted) || value === wanted
  );
}

void main();
