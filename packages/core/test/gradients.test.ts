import {
  AdaptiveAvgPool2d,
  AdaptiveConcatPool2d,
  AdaptiveMaxPool2d,
  AvgPool2d,
  addRelu,
  areaResize,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Rng,
  Sequential,
  setSeed,
} from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';

const STEP = 4e-3;

/** Distinct values with gaps wider than the steps, so that no maximum moves and no ReLU changes its sign. */
function spacedValues(shape: number[], seed = 4): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const order = new Rng(seed).permutation(size);
  return tf.tensor(
    Float32Array.from(order, (place) => ((place + 0.5) / size - 0.5) * Math.max(2, size / 25)),
    shape,
  );
}

/**
 * Compares the gradient of `f` along random directions with central differences, for each of the variables.
 */
function checkGradients(f: () => tf.Tensor, variables: tf.Variable[]): void {
  const weights = tf.tidy(() => spacedValues(f().shape, 5));
  const loss = () => tf.sum(tf.mul(f(), weights)) as tf.Scalar;
  const { grads } = tf.variableGrads(loss, variables);
  for (const variable of variables) {
    const start = tf.clone(variable);
    const direction = tf.randomUniform(variable.shape, -1, 1, 'float32', 7);
    const lossAt = (step: number) => {
      tf.tidy(() => variable.assign(tf.add(start, tf.mul(direction, step))));
      return loss().dataSync()[0]!;
    };
    const measured = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
    variable.assign(start);
    const gradient = grads[variable.name]!;
    const along = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
    const size = tf.norm(gradient).dataSync()[0]! * tf.norm(direction).dataSync()[0]!;
    expect(Math.abs(measured - along)).toBeLessThan(4e-3 * size);
  }
}

const layers: [string, number[], () => Module][] = [
  ['Conv2d', [2, 6, 5, 3], () => new Conv2d(3, 4, 3, { stride: 2, padding: 1 })],
  ['Conv2d dilated', [1, 8, 8, 2], () => new Conv2d(2, 3, 3, { dilation: 2, padding: 2 })],
  ['Conv2d grouped', [2, 5, 5, 4], () => new Conv2d(4, 6, 3, { groups: 2 })],
  ['Conv2d depthwise', [2, 5, 5, 4], () => new Conv2d(4, 4, 3, { groups: 4, padding: 1 })],
  ['Linear', [3, 5], () => new Linear(5, 4)],
  ['BatchNorm2d in training', [4, 3, 3, 2], () => new BatchNorm2d(2)],
  ['BatchNorm2d in evaluation', [4, 3, 3, 2], () => new BatchNorm2d(2).eval()],
  ['BatchNorm1d', [8, 3], () => new BatchNorm1d(3)],
  ['ReLU', [4, 6], () => new ReLU()],
  ['MaxPool2d', [1, 6, 6, 2], () => new MaxPool2d(3, { stride: 2, padding: 1 })],
  ['MaxPool2d ceil', [1, 6, 7, 2], () => new MaxPool2d(2, { stride: 2, ceilMode: true })],
  ['AvgPool2d', [1, 6, 6, 2], () => new AvgPool2d(2)],
  ['AvgPool2d ceil', [1, 5, 7, 2], () => new AvgPool2d(2, { ceilMode: true })],
  [
    'AvgPool2d padded',
    [1, 5, 6, 2],
    () => new AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
  ],
  ['AdaptiveAvgPool2d', [1, 5, 7, 2], () => new AdaptiveAvgPool2d([2, 3])],
  ['AdaptiveMaxPool2d', [1, 5, 7, 2], () => new AdaptiveMaxPool2d([2, 3])],
  ['AdaptiveConcatPool2d', [2, 4, 4, 2], () => new AdaptiveConcatPool2d()],
  [
    // Smooth ops only: hidden values could otherwise move a maximum within a step.
    'a small network',
    [4, 8, 8, 3],
    () =>
      new Sequential(
        new Conv2d(3, 4, 3, { padding: 1, bias: false }),
        new BatchNorm2d(4),
        new AvgPool2d(2),
        new AdaptiveAvgPool2d(1),
        new Flatten(),
        new Linear(4, 3),
      ),
  ],
];

eachEngine(() => {
  it.each(layers)('the gradient of %s agrees with finite differences', (_, shape, make) => {
    setSeed(0);
    const module = make();
    const x = tf.variable(spacedValues(shape));
    checkGradients(() => module.forward(x), [x, ...module.parameters().map(({ value }) => value)]);
  });

  it('the gradient of addRelu agrees with finite differences, also for the same tensor passed twice', () => {
    const a = tf.variable(spacedValues([4, 6]));
    const b = tf.variable(tf.mul(spacedValues([4, 6]), 0.3));
    checkGradients(() => addRelu(a, b), [a, b]);
    checkGradients(() => addRelu(a, a), [a]);
  });

  it('the gradient of areaResize agrees with finite differences', () => {
    const x = tf.variable(spacedValues([1, 6, 5, 2])) as tf.Variable<tf.Rank.R4>;
    checkGradients(() => areaResize(x, [3, 2]), [x]);
  });
});
