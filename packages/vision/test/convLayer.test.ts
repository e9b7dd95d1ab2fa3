import {
  BatchNorm2d,
  ensureEngine,
  gradients,
  hookOutput,
  hookOutputs,
  Mish,
  type Module,
  ReLU,
  Sequential,
  setSeed,
} from '@fastts/core';
import { expectAllClose, expectNormClose } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs-core';
import { ConvLayer, ResBlock } from '../src/index.js';

beforeAll(async () => void (await ensureEngine()));

const pictures = () => tf.randomNormal<tf.Rank.R4>([3, 9, 7, 4], 1, 1, 'float32', 2);

/** Outputs in training and in evaluation, gradients and buffers of a module on `pictures`, computed by `forward`. */
function all(module: Module, forward: (x: tf.Tensor) => tf.Tensor): Float32Array[] {
  const x = pictures();
  const state = module.stateDict();
  const parameters = module.parameters();
  const before = tf.memory().numTensors;
  const { value, gradients: found } = gradients(() => {
    const y = forward(x);
    return tf.sum(tf.mul(y, tf.randomNormal(y.shape, 0, 1, 'float32', 3)));
  }, parameters);
  expect(tf.memory().numTensors).toBe(before + 1 + parameters.length);
  const buffers = module.namedBuffers().map(([, buffer]) => tf.clone(buffer.value));
  module.eval();
  const evaluated = tf.tidy(() => forward(x));
  module.train().loadStateDict(state);
  return [value, ...found.values(), ...buffers, evaluated].map((tensor) => tensor.dataSync<'float32'>());
}

function expectAlike(one: Float32Array[], two: Float32Array[]): void {
  expect(one).toHaveLength(two.length);
  one.forEach((values, i) => {
    expectNormClose(values, Array.from(two[i]!));
  });
}

test('convolution, norm and activation in one pass equal the three modules in sequence', () => {
  setSeed(1);
  const layer = new ConvLayer(4, 12, { stride: 2 });
  const apart = new Sequential(...layer);
  expectAlike(
    all(layer, (x) => layer.forward(x)),
    all(layer, (x) => apart.forward(x)),
  );
  expect(layer.namedParameters().map(([name]) => name)).toEqual(['0.weight', '1.weight', '1.bias']);
});

test.each([
  [1, ReLU],
  [4, ReLU],
  [1, Mish],
  [4, Mish],
])(
  'the fused end of a residual block of expansion %i with %p equals its modules in sequence',
  (expansion, actCls) => {
    setSeed(1);
    const block = new ResBlock(expansion, 4 / expansion, 8, { stride: 2, actCls });
    // The last norm of a new block has a scale of zero.
    const last = block.convpath.at(-1) as ConvLayer;
    for (const { value } of (last[1] as BatchNorm2d).parameters()) value.assign(tf.ones(value.shape));
    const apart = (layers: Iterable<Module>) =>
      new Sequential(...[...layers].flatMap((each) => (each instanceof ConvLayer ? [...each] : [each])));
    const [path, identity] = [apart(block.convpath), apart(block.idpath)];
    expectAlike(
      all(block, (x) => block.forward(x)),
      all(block, (x) => block.act.forward(tf.add(path.forward(x), identity.forward(x)))),
    );
  },
);

test('a layer with a replaced norm or activation calls the replacement', () => {
  class Doubled extends ReLU {
    override forward(x: tf.Tensor): tf.Tensor {
      return tf.mul(super.forward(x), 2);
    }
  }
  const plain = new ConvLayer(4, 6);
  const x = pictures();
  const expected = tf.mul(plain.forward(x), 2).dataSync();
  plain[2] = new Doubled();
  expectAllClose(plain.forward(x), expected, { atol: 1e-5 });
  const norm = plain[1] as BatchNorm2d;
  let calls = 0;
  plain[2] = new ReLU();
  norm.forward = (input) => {
    calls++;
    return BatchNorm2d.prototype.forward.call(norm, input);
  };
  plain.forward(x);
  expect(calls).toBe(1);
});

test.each([1, 4])('each hook on the modules of a block of expansion %p is called once', (expansion) => {
  const block = new ResBlock(expansion, 4 / expansion, 4);
  const x = pictures();
  for (const mode of [true, false]) {
    block.train(mode);
    const expected = Array.from(block.forward(x).dataSync());
    const modules = block.modules().filter((module) => module !== block);
    const hooks = hookOutputs(modules);
    const calls = modules.map((module) => {
      const count = { n: 0 };
      const handle = module.registerForwardHook(() => void count.n++);
      return { count, handle };
    });
    expectNormClose(block.forward(x), expected);
    expect(calls.map(({ count }) => count.n)).toEqual(modules.map(() => 1));
    const relu = hooks.stored[modules.indexOf(block.act)]!;
    expectNormClose(relu, expected);
    for (const { handle } of calls) handle.remove();
    hooks.dispose();
  }
});

test('a single hook on a module within a block is called', () => {
  const block = new ResBlock(1, 4, 4);
  const x = pictures();
  for (const module of block.modules()) {
    const hook = hookOutput(module);
    block.forward(x);
    expect(hook.stored).not.toBeNull();
    hook.dispose();
  }
});
