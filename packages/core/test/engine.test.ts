import { runInContext } from 'node:vm';
import {
  conv2d,
  currentEngine,
  EngineError,
  type EngineName,
  engineReport,
  ensureEngine,
  maxPool2d,
  setProgressSink,
  setQuiet,
  useEngine,
} from '@fastts/core';
import { testedEngines } from '@fastts/testing/engines';
import { pageWith } from '@fastts/testing/page';
import { lineSink } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import { padOutsideKernels } from '../src/engines/padOutsideKernels.js';

const lines: string[] = [];
const environment = process.env.FASTTS_ENGINE;

beforeEach(() => {
  lines.length = 0;
  delete process.env.FASTTS_ENGINE;
  setQuiet(false);
  setProgressSink(lineSink(lines));
});

afterAll(() => {
  setProgressSink(null);
  if (environment !== undefined) process.env.FASTTS_ENGINE = environment;
});

it('starts the first available engine, and logs which one and why', async () => {
  const engine = await ensureEngine();
  expect(engine).toBe(testedEngines[0]);
  expect(currentEngine()).toBe(engine);
  expect(tf.getBackend()).toBe(engine);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(new RegExp(`^fastts: engine ${engine} \\(.+\\); .+\\.$`));
  expect(await ensureEngine()).toBe(engine);
  expect(lines).toHaveLength(1);
});

it('reports why other engines were skipped', async () => {
  await ensureEngine();
  const report = Object.fromEntries(
    engineReport().map(({ name, status, reason }) => [name, `${status}: ${reason}`]),
  );
  expect(Object.keys(report)).toEqual(['tensorflow', 'webgpu', 'native', 'wasm', 'cpu']);
  expect(report.tensorflow).toMatch(
    /^failed: @tensorflow\/tfjs-node-gpu is not installed; @tensorflow\/tfjs-node is/,
  );
  expect(report.webgpu).toMatch(/^failed: webgpu is not installed/);
  expect(report[testedEngines[0]!]).toMatch(/^running: /);
});

it('starts the named engine, unless the environment variable names another', async () => {
  expect(await useEngine('cpu')).toBe('cpu');
  expect(lines.at(-1)).toMatch(/engine cpu \(plain JavaScript, slow\); requested/);
  process.env.FASTTS_ENGINE = testedEngines[0];
  expect(await useEngine('cpu')).toBe(testedEngines[0]);
  expect(lines.at(-1)).toMatch(/set by FASTTS_ENGINE/);
});

it('lists the engines in the error for an unknown name', async () => {
  await expect(useEngine('nativ' as EngineName)).rejects.toThrow(EngineError);
  await expect(useEngine('nativ' as EngineName)).rejects.toThrow(
    "There is no engine 'nativ': choose one of tensorflow, webgpu, native, wasm, cpu.",
  );
  process.env.FASTTS_ENGINE = 'gpu';
  await expect(useEngine()).rejects.toThrow(/no engine 'gpu'/);
});

it('keeps the running engine when another one fails to start', async () => {
  await useEngine('cpu');
  await expect(useEngine('tensorflow')).rejects.toThrow(/'tensorflow' does not start: .*is not installed/);
  expect(currentEngine()).toBe('cpu');
  expect([...tf.add([1], [2]).dataSync()]).toEqual([3]);
});

it('pads outside of kernels for a backend whose kernels do not support padding', async () => {
  await useEngine('cpu');
  const x = tf.randomNormal<tf.Rank.R4>([1, 7, 8, 4], 0, 1, 'float32', 1);
  const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 4, 5], 0, 1, 'float32', 2);
  const depthwise = tf.randomNormal<tf.Rank.R4>([3, 3, 1, 4], 0, 1, 'float32', 3);
  const run = () => {
    const f = (x: tf.Tensor, filter: tf.Tensor, depthwise: tf.Tensor) => {
      const shared = conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, null, { stride: 2, padding: 1 });
      const each = conv2d(x as tf.Tensor4D, depthwise as tf.Tensor4D, null, { groups: 4, padding: [1, 0] });
      const pooled = maxPool2d(each, 3, { stride: 2, padding: 1 });
      return tf.add(tf.sum(tf.square(shared)), tf.sum(tf.square(pooled)));
    };
    const { value, grads } = tf.valueAndGrads(f)([x, filter, depthwise]);
    return [value, ...grads].map((tensor) => tensor.dataSync());
  };
  const expected = run();
  const before = tf.memory().numTensors;
  tf.copyRegisteredKernels('cpu', 'validOnly');
  const seen = new Set<unknown>();
  for (const { kernelName, kernelFunc, ...rest } of tf.getKernelsForBackend('validOnly')) {
    tf.unregisterKernel(kernelName, 'validOnly');
    tf.registerKernel({
      ...rest,
      kernelName,
      kernelFunc: (args) => {
        if (args.attrs && 'pad' in args.attrs) seen.add(args.attrs.pad);
        return kernelFunc(args);
      },
    });
  }
  tf.registerBackend('validOnly', () => tf.findBackend('cpu'));
  padOutsideKernels('validOnly');
  await tf.setBackend('validOnly');
  const actual = run();
  expect(seen).toEqual(new Set(['valid']));
  expect(actual).toEqual(expected);
  expect(tf.memory().numTensors - before).toBe(actual.length);
  await useEngine('cpu');
});

it('loads in a page, without Node', async () => {
  const page = await pageWith("export * from '../src/index.ts';", __dirname);
  const shape = runInContext(
    `fastts.setQuiet(true);
     fastts.ensureEngine().then((engine) => [engine, ...new fastts.Linear(4, 3).weight.value.shape]);`,
    page,
  );
  expect([...(await shape)]).toEqual(['cpu', 3, 4]);
});
