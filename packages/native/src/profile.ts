import { writeSync } from 'node:fs';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';

/**
 * With FASTTS_PROFILE=1 the engine prints a profile at exit, one row per kernel; with FASTTS_PROFILE=shapes, one row per
 * kernel and input shapes. The variable is read once, when the engine loads.
 */
const mode = process.env.FASTTS_PROFILE ?? '';
const isOn = mode !== '' && mode !== '0';

/** Totals of all calls of a row. */
interface Row {
  calls: number;
  milliseconds: number;
  flops: number;
  bytes: number;
}

const rows = new Map<string, Row>();
let begin = 0;
let spent = 0;

/** `kernel`, whose calls are recorded as `name` if profiling is on, except those that return undefined. */
export function profiled<Result extends ReturnType<KernelFunc> | undefined>(
  name: string,
  kernel: (call: Parameters<KernelFunc>[0]) => Result,
): typeof kernel {
  if (!isOn) return kernel;
  return (call) => {
    const start = performance.now();
    if (begin === 0) startProfile(start);
    const before = spent;
    const result = kernel(call);
    if (result === undefined) return result;
    const elapsed = performance.now() - start;
    // A kernel may call others: each row counts only its own time.
    const own = elapsed - (spent - before);
    spent = before + elapsed;
    count(name, call, [result].flat(), own);
    return result;
  };
}

function startProfile(now: number): void {
  begin = now;
  process.once('exit', () => writeSync(process.stderr.fd, `${table(performance.now() - begin)}\n`));
  // Print the table also when a long run is interrupted.
  process.once('SIGINT', () => process.exit(130));
}

function count(
  name: string,
  { inputs, attrs }: Parameters<KernelFunc>[0],
  outputs: TensorInfo[],
  time: number,
): void {
  const given = Object.values(inputs)
    .flat()
    .filter((tensor): tensor is TensorInfo => tensor?.shape !== undefined);
  const key = mode === 'shapes' ? `${name} ${given.map(({ shape }) => `[${shape}]`).join(' ')}` : name;
  let row = rows.get(key);
  if (!row) {
    row = { calls: 0, milliseconds: 0, flops: 0, bytes: 0 };
    rows.set(key, row);
  }
  row.calls++;
  row.milliseconds += time;
  row.flops += flopsOf(name, inputs, attrs, outputs);
  // A view of the same memory moves no data.
  const isView = outputs.some(({ dataId }) => given.some((tensor) => tensor.dataId === dataId));
  if (!isView) for (const tensor of [...given, ...outputs]) row.bytes += bytesOf(tensor);
}

function bytesOf({ shape, dtype }: TensorInfo): number {
  return dtype === 'string' ? 0 : util.sizeFromShape(shape) * util.bytesPerElement(dtype);
}

type Shaped = Partial<Record<'x' | 'dy' | 'filter' | 'a' | 'b', TensorInfo>>;

interface Attrs {
  filterShape?: number[];
  transposeA?: boolean;
}

/** Floating-point operations of a convolution, its gradients or a matrix product; 0 for other kernels. */
function flopsOf(name: string, { dy, filter, a }: Shaped, attrs: Attrs = {}, outputs: TensorInfo[]): number {
  const taps = attrs.filterShape ?? (name.includes('Conv') ? filter?.shape : undefined);
  if (taps?.length === 4) {
    const results = util.sizeFromShape((dy ?? outputs[0]!).shape);
    const [height, width, channels] = taps as [number, number, number, number];
    return 2 * results * height * width * (name.includes('Depthwise') ? 1 : channels);
  }
  if (name.includes('MatMul') && a) {
    const inner = a.shape.at(attrs.transposeA ? -2 : -1)!;
    return 2 * util.sizeFromShape(outputs[0]!.shape) * inner;
  }
  return 0;
}

function table(total: number): string {
  const sorted = [...rows].sort(([, a], [, b]) => b.milliseconds - a.milliseconds);
  const inKernels = sorted.reduce((sum, [, { milliseconds }]) => sum + milliseconds, 0);
  const width = Math.max(16, ...sorted.map(([name]) => name.length));
  const line = (name: string, ...cells: string[]) =>
    [name.padEnd(width), ...cells.map((cell, i) => cell.padStart([8, 11, 8, 10, 8][i]!))].join('').trimEnd();
  const perSecond = (amount: number, milliseconds: number) =>
    amount > 0 && milliseconds > 0 ? (amount / milliseconds / 1e6).toFixed(1) : '';
  return [
    '',
    line('kernel', 'calls', 'ms', 'share', 'GFLOP/s', 'GB/s'),
    ...sorted.map(([name, { calls, milliseconds, flops, bytes }]) =>
      line(
        name,
        `${calls}`,
        milliseconds.toFixed(1),
        `${((100 * milliseconds) / inKernels).toFixed(1)}%`,
        perSecond(flops, milliseconds),
        perSecond(bytes, milliseconds),
      ),
    ),
    `${inKernels.toFixed(1)} ms in kernels of ${total.toFixed(1)} ms since the first call; "(tfjs)" marks kernels of TensorFlow.js's plain CPU backend.`,
  ].join('\n');
}
