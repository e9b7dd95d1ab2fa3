import {
  ArgumentError,
  Conv2d,
  constant_,
  kaimingNormal,
  kaimingNormal_,
  kaimingUniform,
  Linear,
  type Nonlinearity,
  normal,
  Rng,
  rng,
  setSeed,
} from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/functions.json';

const { conv, linear, kaimingOf64x32x3x3 } = fixture.initializations;

const largest = (tensor: tf.Tensor) => Math.max(...tensor.dataSync().map(Math.abs));

function moments(tensor: tf.Tensor): { mean: number; std: number } {
  const values = [...tensor.dataSync()];
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
}

const options = ({ mode, nonlinearity, a }: (typeof kaimingOf64x32x3x3)[number]) => ({
  mode: mode as 'fanIn' | 'fanOut',
  nonlinearity: nonlinearity as Nonlinearity,
  a,
});

beforeEach(() => setSeed(0));

eachEngine(() => {
  describe("layers are initialized with PyTorch's distributions", () => {
    const layers = [
      ['Conv2d', () => new Conv2d(16, 320, 3, { groups: 2 }), conv],
      ['Linear', () => new Linear(50, 200), linear],
    ] as const;

    it.each(layers)('%s', (_, make, expected) => {
      const layer = make();
      for (const name of ['weight', 'bias'] as const) {
        const { value } = layer[name]!;
        const ratio = largest(value) / expected[name];
        expect(Math.abs(ratio - 1)).toBeLessThan(0.03);
        // The standard deviation of a uniform distribution is its bound divided by √3.
        expect(moments(value).std / (expected[name] / Math.sqrt(3))).toBeCloseTo(1, 0);
        expect(Math.abs(moments(value).mean)).toBeLessThan(expected[name] / 5);
      }
    });
  });

  it('computes the same values for a seed, whenever they are first read', () => {
    const make = () => {
      setSeed(5);
      return [new Linear(4, 3), new Conv2d(2, 3, 1)] as const;
    };
    const values = (layer: Linear | Conv2d) => [...layer.weight.value.dataSync()];
    const [linear, conv] = make();
    const wanted = [values(linear), values(conv)];
    const [again, other] = make();
    rng().next();
    const convFirst = values(other);
    expect([values(again), convFirst]).toEqual(wanted);
    kaimingNormal_(again.weight);
    expect(values(again)).not.toEqual(wanted[0]);
  });

  it('computes no values for a layer whose values are replaced, or which is disposed of, before it is used', () => {
    const draws = jest.spyOn(Rng.prototype, 'uniform');
    const before = tf.memory().numTensors;
    const layer = new Linear(4, 3);
    expect(layer.weight.shape).toEqual([3, 4]);
    layer.loadStateDict(
      new Map([
        ['weight', tf.ones([3, 4])],
        ['bias', tf.zeros([3])],
      ]),
    );
    expect([...layer.weight.value.dataSync()]).toEqual(new Array(12).fill(1));
    new Linear(4, 3).dispose();
    expect(draws).not.toHaveBeenCalled();
    draws.mockRestore();
    layer.dispose();
    expect(tf.memory().numTensors).toBe(before + 2);
    const disposed = new Linear(2, 2);
    disposed.dispose();
    expect(() => disposed.weight.value).toThrow(/disposed/);
  });

  describe("Kaiming's standard deviations are PyTorch's", () => {
    it.each(kaimingOf64x32x3x3)('$mode, $nonlinearity', (row) => {
      // PyTorch's [64, 32, 3, 3] in our layout.
      const shape = [3, 3, 32, 64];
      const { mean, std } = moments(kaimingNormal(shape, options(row)));
      expect(Math.abs(std / row.std - 1)).toBeLessThan(0.02);
      expect(Math.abs(mean)).toBeLessThan(0.03 * row.std);
      const bound = Math.sqrt(3) * row.std;
      expect(Math.abs(largest(kaimingUniform(shape, options(row))) / bound - 1)).toBeLessThan(0.001);
    });
  });

  it('changes parameters in place', () => {
    const layer = new Linear(100, 100);
    kaimingNormal_(layer.weight, { nonlinearity: 'relu' });
    expect(moments(layer.weight.value).std).toBeCloseTo(Math.sqrt(2 / 100), 2);
    constant_(layer.bias!, 0.5);
    expect(new Set(layer.bias!.value.dataSync())).toEqual(new Set([0.5]));
  });
});

it('is repeatable by the seed', () => {
  const first = normal([10]).dataSync();
  setSeed(0);
  expect(normal([10]).dataSync()).toEqual(first);
});

it('requires a shape with at least two axes', () => {
  expect(() => kaimingNormal([3])).toThrow(ArgumentError);
});
