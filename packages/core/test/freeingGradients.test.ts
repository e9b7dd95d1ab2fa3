import {
  AdaptiveAvgPool2d,
  addRelu,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  GradientError,
  gradients,
  Linear,
  MaxPool2d,
  Module,
  Parameter,
  ReLU,
  Sequential,
  setSeed,
} from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';

/** relu(body(x) + x), fused or with tfjs's own addition. */
class Residual extends Module {
  readonly body: Sequential;

  constructor(
    channels: number,
    private readonly fused: boolean,
  ) {
    super();
    this.body = new Sequential(...convolution(channels, channels), new Conv2d(channels, channels, 1));
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = this.body.forward(x);
    return this.fused ? addRelu(y, x) : tf.relu(tf.add(y, x));
  }
}

function convolution(channelsIn: number, channelsOut: number): Module[] {
  return [
    new Conv2d(channelsIn, channelsOut, 3, { padding: 1, bias: false }),
    new BatchNorm2d(channelsOut),
    new ReLU(),
  ];
}

const head = () => [new AdaptiveAvgPool2d(1), new Flatten(), new Dropout(0.5), new Linear(8, 5)];

const networks: [string, () => Module][] = [
  ['a plain network', () => new Sequential(...convolution(3, 8), new MaxPool2d(2), ...head())],
  [
    'residual blocks',
    () =>
      new Sequential(
        new Conv2d(3, 8, 3),
        new Residual(8, true),
        new Residual(8, false),
        new Residual(8, true),
        ...head(),
      ),
  ],
];

const pictures = () => tf.randomNormal([4, 10, 10, 3], 0, 1, 'float32', 3);

/** Cross-entropy with two mixed targets, as in mixup. */
function mixedLoss(logits: tf.Tensor): tf.Tensor {
  const loss = (labels: number[]) =>
    tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 5).toFloat(), logits) as tf.Scalar;
  return tf.add(tf.mul(loss([0, 1, 2, 3]), 0.3), tf.mul(loss([1, 4, 0, 2]), 0.7));
}

/** The peak number of bytes in tensors, measured after each kernel while `work` runs, in addition to those before. */
function peakBytes(work: () => void): number {
  const configs = tf.getKernelsForBackend(tf.getBackend());
  const originals = configs.map((config) => config.kernelFunc);
  const before = tf.memory().numBytes;
  let most = 0;
  for (const config of configs) {
    const run = config.kernelFunc;
    config.kernelFunc = (call) => {
      most = Math.max(most, tf.memory().numBytes - before);
      return run(call);
    };
  }
  try {
    work();
  } finally {
    configs.forEach((config, i) => {
      config.kernelFunc = originals[i]!;
    });
  }
  return most;
}

eachEngine(() => {
  it.each(networks)("equals tfjs's gradients of %s, bit by bit", (_, make) => {
    setSeed(1);
    const model = make().materialize();
    const x = pictures();
    const parameters = model.parameters();
    const loss = () => mixedLoss(model.forward(x)) as tf.Scalar;
    const before = tf.memory().numTensors;
    setSeed(2);
    const { value, gradients: found } = gradients(loss, parameters);
    expect(tf.memory().numTensors).toBe(before + 1 + parameters.length);
    setSeed(2);
    const wanted = tf.variableGrads(
      loss,
      parameters.map((parameter) => parameter.value),
    );
    expect(value.dataSync()).toEqual(wanted.value.dataSync());
    expect([...found.keys()]).toEqual(parameters);
    for (const [parameter, gradient] of found) {
      expect(gradient.dataSync()).toEqual(wanted.grads[parameter.value.name]!.dataSync());
    }
  });

  it('needs much less memory for a deep network', () => {
    const model = new Sequential(...Array.from({ length: 12 }, () => new Residual(8, true)));
    const x = tf.randomNormal([4, 16, 16, 8]);
    const loss = () => tf.mean(model.forward(x)) as tf.Scalar;
    const variables = model.parameters().map((parameter) => parameter.value);
    const all = peakBytes(() => tf.dispose(tf.variableGrads(loss, variables)));
    const freed = peakBytes(() => {
      const { value, gradients: found } = gradients(loss, model.parameters());
      tf.dispose([value, ...found.values()]);
    });
    expect(freed).toBeLessThan(all * 0.75);
  });

  it('does not dispose of tensors with other owners: kept activations, and gradients that an operation does not own', () => {
    const weight = new Parameter(tf.tensor1d([1, 2, 3]));
    const constant = tf.tensor1d([5, 6, 7]);
    const identity = tf.customGrad((x) => ({ value: tf.clone(x as tf.Tensor), gradFunc: () => constant }));
    let kept: tf.Tensor | undefined;
    const { gradients: found } = gradients(() => {
      kept = tf.keep(tf.mul(weight.value, 2));
      return tf.sum(tf.mul(identity(kept), 3));
    }, [weight]);
    expect([...kept!.dataSync()]).toEqual([2, 4, 6]);
    expect([...constant.dataSync()]).toEqual([5, 6, 7]);
    expect([...found.get(weight)!.dataSync()]).toEqual([10, 12, 14]);
  });

  it('supports operations that return the same gradient for several inputs', () => {
    const [a, b] = [new Parameter(tf.tensor1d([1, 2])), new Parameter(tf.tensor1d([3, 4]))];
    const plus = tf.customGrad((left, right) => ({
      value: tf.add(left as tf.Tensor, right as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => [dy, dy],
    }));
    const f = () => {
      const doubled = tf.mul(a.value, 2);
      return tf.sum(tf.square(plus(plus(doubled, b.value), doubled)));
    };
    const { gradients: found } = gradients(f, [a, b]);
    expect([...found.get(a)!.dataSync()]).toEqual([56, 96]);
    expect([...found.get(b)!.dataSync()]).toEqual([14, 24]);
  });

  it('can be nested inside and around another gradient', () => {
    const weight = new Parameter(tf.scalar(3));
    const cube = () => tf.pow(weight.value, 3);
    const [second] = tf.grads((w) => {
      const inner = new Parameter(tf.scalar(0));
      const { gradients: found } = gradients(() => tf.mul(inner.value, tf.square(w)), [inner]);
      return found.get(inner)!;
    })([weight.value]);
    expect(second!.dataSync()[0]).toBe(6);
    const penalized = () => tf.add(cube(), tf.square(tf.grad(tf.square)(weight.value)));
    expect(gradients(penalized, [weight]).gradients.get(weight)!.dataSync()[0]).toBeCloseTo(27 + 8 * 3, 4);
  });

  it('returns no gradient for a parameter that the value does not depend on', () => {
    const [used, unused] = [new Parameter(tf.scalar(2)), new Parameter(tf.scalar(2))];
    const { gradients: found } = gradients(() => tf.square(used.value), [used, unused]);
    expect([...found.keys()]).toEqual([used]);
  });

  it('frees everything when the function throws, or when an operation has no valid gradient', () => {
    const weight = new Parameter(tf.tensor1d([1, 2]));
    const bad = tf.customGrad((x) => ({
      value: tf.clone(x as tf.Tensor),
      gradFunc: () => tf.ones([3]),
    }));
    const before = tf.memory().numTensors;
    const failing = () => {
      tf.square(weight.value);
      throw new RangeError('no');
    };
    expect(() => gradients(failing, [weight])).toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(before);
    const misfit = () => tf.sum(bad(tf.square(weight.value)));
    expect(() => gradients(misfit, [weight])).toThrow(GradientError);
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(1);
  });
});
