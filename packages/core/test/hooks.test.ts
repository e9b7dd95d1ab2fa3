import {
  gradients,
  Hook,
  Hooks,
  hookOutput,
  hookOutputs,
  isPlain,
  Linear,
  Module,
  Parameter,
  ReLU,
  Sequential,
} from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import { expectSumsClose } from '@fastts/testing/sumsClose';
import * as tf from '@tensorflow/tfjs-core';

class Double extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.mul(x, 2);
  }
}

const network = () => new Sequential(new Linear(3, 4), new ReLU(), new Linear(4, 2));

eachEngine(() => {
  test('forward hooks are called in the order of registration, with inputs and output, until they are removed', () => {
    const module = new Double();
    const seen: string[] = [];
    const note =
      (name: string) =>
      (who: Module, [x]: tf.Tensor[], y: tf.Tensor): void => {
        expect(who).toBe(module);
        seen.push(`${name} ${x!.dataSync()[0]} ${y.dataSync()[0]}`);
      };
    const first = module.registerForwardHook(note('first'));
    const second = module.registerForwardHook(note('second'));
    module.forward(tf.scalar(3));
    first.remove();
    first.remove();
    module.forward(tf.scalar(4));
    second.remove();
    module.forward(tf.scalar(5));
    expect(seen).toEqual(['first 3 6', 'second 3 6', 'second 4 8']);
  });

  test('a tensor that a hook returns replaces the output', () => {
    const model = new Sequential(new Double(), new Double());
    model.at(0).registerForwardHook((_, inputs, y) => tf.add(y, inputs[0]!));
    const seen: number[] = [];
    model.at(1).registerForwardHook((_, [x]) => void seen.push(x!.dataSync()[0]!));
    expect(model.forward(tf.scalar(1)).dataSync()[0]).toBe(6);
    expect(seen).toEqual([3]);
  });

  test('a module is plain if it is exactly of the class, and nothing is hooked or replaced', () => {
    class Other extends ReLU {
      override forward(x: tf.Tensor): tf.Tensor {
        return x;
      }
    }
    const module = new ReLU();
    expect(isPlain(module, ReLU)).toBe(true);
    for (const other of [new Other(), new Double(), undefined]) expect(isPlain(other, ReLU)).toBe(false);
    const handle = module.registerForwardHook(() => {});
    expect(isPlain(module, ReLU)).toBe(false);
    handle.remove();
    expect(isPlain(module, ReLU)).toBe(true);
    const replaced = (x: tf.Tensor) => tf.neg(x);
    module.forward = replaced;
    const again = module.registerForwardHook(() => {});
    expect(module.forward(tf.scalar(2)).dataSync()[0]).toBe(-2);
    again.remove();
    expect(module.forward).toBe(replaced);
  });

  test('hooks change neither values, gradients, names of state, nor the number of tensors', () => {
    const model = network();
    const x = tf.randomNormal([5, 3], 0, 1, 'float32', 1);
    const names = [...model.stateDict().keys()];
    const run = () => {
      const before = tf.memory().numTensors;
      const found = gradients(() => tf.sum(tf.square(model.forward(x))), model.parameters());
      expect(tf.memory().numTensors).toBe(before + 5);
      return [found.value, ...found.gradients.values()].map((tensor) => [...tensor.dataSync()]);
    };
    const plain = run();
    const handles = model
      .modules()
      .flatMap((module) => [
        module.registerForwardHook((_, __, y) => void tf.mean(y)),
        module.registerBackwardHook(() => {}),
      ]);
    expect(run()).toEqual(plain);
    expect([...model.stateDict().keys()]).toEqual(names);
    for (const handle of handles) handle.remove();
    expect(run()).toEqual(plain);
  });

  test('hookOutput stores the output or, if requested, its gradient', () => {
    const model = network();
    const x = tf.randomNormal([5, 3], 0, 1, 'float32', 1);
    const hook = hookOutput(model.at(1));
    const ofGradient = hookOutput(model.at(1), { grad: true });
    const weight = (model.at(2) as Linear).weight.value;
    gradients(() => tf.sum(model.forward(x)), model.parameters());
    const expected = model.slice(0, 2).forward(x);
    expect(hook.stored!.dataSync()).toEqual(expected.dataSync());
    // The gradient of the sum of two outputs is the sum of their weights.
    const sums = (weights: tf.Tensor) => tf.sum(tf.matMul(tf.ones([5, 2]), weights as tf.Tensor2D), 0);
    expectSumsClose(tf.sum(ofGradient.stored!, 0), sums(weight), sums(tf.abs(weight)), 10);
    expect(ofGradient.stored!.shape).toEqual([5, 4]);
  });

  test('stored tensors live until the next call, or until the hook is disposed of', () => {
    const model = network().materialize();
    const x = tf.ones([1, 3]);
    const before = tf.memory().numTensors;
    const hooks = hookOutputs([model.at(0), model.at(1)]);
    expect(hooks).toHaveLength(2);
    expect(hooks.stored).toEqual([null, null]);
    for (let i = 0; i < 3; i++) model.forward(x).dispose();
    expect(tf.memory().numTensors).toBe(before + 2);
    hooks.remove();
    const last = hooks.at(-1)!.stored!.dataSync();
    model.forward(tf.zeros([1, 3])).dispose();
    expect(hooks.at(-1)!.stored!.dataSync()).toEqual(last);
    hooks.dispose();
    expect(hooks.stored).toEqual([null, null]);
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  test("a hook stores its function's result; gradients flow through it only if it is not detached", () => {
    const module = new Double();
    const parameter = new Parameter(tf.scalar(3));
    const call = (detach: boolean) => {
      const hook = new Hook(module, (_, [x], y) => [tf.add(x!, y), y.shape] as const, { detach });
      const { gradients: found } = gradients(() => {
        const y = module.forward(parameter.value);
        return tf.add(y, hook.stored![0]);
      }, [parameter]);
      const [sum, shape] = hook.stored!;
      expect([sum.dataSync()[0], shape]).toEqual([9, []]);
      hook.dispose();
      return found.get(parameter)!.dataSync()[0];
    };
    expect(call(true)).toBe(2);
    expect(call(false)).toBe(5);
    const hooks = new Hooks([module], (who) => who.constructor.name);
    module.forward(tf.scalar(1));
    expect([...hooks].map((hook) => hook.stored)).toEqual(['Double']);
    hooks.dispose();
  });
});
