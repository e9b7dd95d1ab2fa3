import {
  BatchNorm2d,
  Conv2d,
  Flatten,
  Identity,
  Linear,
  Module,
  ReLU,
  Sequential,
  ShapeError,
  StateDictError,
} from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';

class Block extends Module {
  readonly convpath = new Sequential(new Conv2d(2, 4, 3, { padding: 1, bias: false }), new BatchNorm2d(4));
  readonly idPath = new Identity();
  readonly act = new ReLU();

  forward(x: tf.Tensor): tf.Tensor {
    return this.act.forward(this.convpath.forward(this.idPath.forward(x)));
  }
}

const network = () => new Sequential(new Block(), new Flatten(), new Linear(4 * 9, 2));

eachEngine(() => {
  it("has a state dictionary with PyTorch's names and layouts", () => {
    const shapes = [...network().stateDict()].map(([name, { shape, dtype }]) => [name, shape, dtype]);
    expect(shapes).toEqual([
      ['0.convpath.0.weight', [4, 2, 3, 3], 'float32'],
      ['0.convpath.1.weight', [4], 'float32'],
      ['0.convpath.1.bias', [4], 'float32'],
      ['0.convpath.1.running_mean', [4], 'float32'],
      ['0.convpath.1.running_var', [4], 'float32'],
      ['0.convpath.1.num_batches_tracked', [], 'int32'],
      ['2.weight', [2, 36], 'float32'],
      ['2.bias', [2], 'float32'],
    ]);
  });

  it('loads the state of another module', () => {
    const [a, b] = [network(), network()];
    const x = tf.randomNormal([2, 3, 3, 2]);
    a.forward(x);
    const state = a.stateDict();
    expect(b.loadStateDict(state)).toEqual({ missing: [], unexpected: [] });
    expect(b.eval().forward(x).dataSync()).toEqual(a.eval().forward(x).dataSync());
    expect(state.get('2.weight')!.isDisposed).toBe(false);
  });

  it('copies tensors on saving and loading', () => {
    const before = tf.memory().numTensors;
    const model = network();
    const [x] = [tf.zeros([2, 3, 3, 2])];
    const { value, grads } = tf.variableGrads(
      () => tf.sum(model.forward(x)),
      model.parameters().map((parameter) => parameter.value),
    );
    const state = model.stateDict();
    model.loadStateDict(state);
    tf.dispose([x, value, ...Object.values(grads), ...state.values()]);
    expect(tf.memory().numTensors - before).toBe(state.size);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not dispose of an output in a Sequential that belongs to a module', () => {
    class Constant extends Module {
      readonly kept = tf.keep(tf.ones([2]));
      forward(): tf.Tensor {
        return this.kept;
      }
    }
    const constant = new Constant();
    const model = new Sequential(constant, new ReLU());
    tf.tidy(() => void model.forward(tf.zeros([2])));
    expect(constant.kept.isDisposed).toBe(false);
  });
});

it('loads nothing if names or shapes do not match', () => {
  const model = network();
  const state = model.stateDict();
  const before = model.stateDict().get('2.bias')!.dataSync();
  state.set('2.bias', tf.ones([2]));
  state.set('extra', tf.ones([1]));
  state.delete('0.convpath.1.running_var');
  expect(() => model.loadStateDict(state)).toThrow(StateDictError);
  expect(() => model.loadStateDict(state)).toThrow(/missing 0.convpath.1.running_var unexpected extra/);
  expect(model.stateDict().get('2.bias')!.dataSync()).toEqual(before);
  expect(model.loadStateDict(state, { strict: false })).toEqual({
    missing: ['0.convpath.1.running_var'],
    unexpected: ['extra'],
  });
  expect([...model.stateDict().get('2.bias')!.dataSync()]).toEqual([1, 1]);
  state.set('2.weight', tf.ones([3, 36]));
  expect(() => model.loadStateDict(state, { strict: false })).toThrow(ShapeError);
  expect(() => model.loadStateDict(state, { strict: false })).toThrow(/2.weight is \[3,36\].*\[2,36\]/);
});

it('lists its modules and parameters', () => {
  const model = network();
  expect(model.namedModules().map(([name]) => name)).toEqual([
    '',
    '0',
    '0.convpath',
    '0.convpath.0',
    '0.convpath.1',
    '0.id_path',
    '0.act',
    '1',
    '2',
  ]);
  expect(model.namedParameters().map(([name]) => name)).toEqual([
    '0.convpath.0.weight',
    '0.convpath.1.weight',
    '0.convpath.1.bias',
    '2.weight',
    '2.bias',
  ]);
  expect(model.namedBuffers()).toHaveLength(3);
  const shared = new Linear(2, 2);
  expect(new Sequential(shared, shared).parameters()).toHaveLength(2);
});

it('sets training mode and gradients on all inner modules', () => {
  const model = network();
  model.eval();
  expect(model.modules().some(({ training }) => training)).toBe(false);
  model.train();
  expect(model.modules().every(({ training }) => training)).toBe(true);
  model.requiresGrad_(false);
  expect(model.parameters().some(({ requiresGrad }) => requiresGrad)).toBe(false);
});

it('applies a function to inner modules first', () => {
  const seen: string[] = [];
  new Sequential(new Sequential(new ReLU()), new Flatten()).apply((m) => void seen.push(m.constructor.name));
  expect(seen).toEqual(['ReLU', 'Sequential', 'Flatten', 'Sequential']);
});

it('a Sequential is a list of modules', () => {
  const [a, b, c] = [new ReLU(), new Flatten(), new Identity()];
  const model = new Sequential(a, b).append(c);
  expect([...model]).toEqual([a, b, c]);
  expect(model).toHaveLength(3);
  expect(model[1]).toBe(b);
  expect(model.at(-1)).toBe(c);
  expect([...model.slice(1)]).toEqual([b, c]);
  expect(() => model.at(3)).toThrow(/no module at 3.*has 3/);
});
