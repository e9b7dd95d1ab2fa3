import * as tf from '@tensorflow/tfjs-core';
import { GradientError } from './errors.js';
import type { Parameter } from './modules/parameter.js';
import './tensorflow/gradients.js';

/** Result of {@link gradients}. */
export interface ValueAndGradients<T extends tf.Tensor = tf.Tensor> {
  /** What the function returned. */
  value: T;
  /** The gradient of each parameter that the value depends on. */
  gradients: Map<Parameter, tf.Tensor>;
}

/**
 * The value of `f` and its gradients with respect to `parameters`: bit by bit those of `tf.variableGrads`, with less memory.
 *
 * TensorFlow.js keeps every activation and every intermediate gradient until all gradients are known. Here the tensors
 * that an operation saved are freed as soon as its gradient has been computed, and a gradient as soon as it has been used.
 * Recording and differentiation remain TensorFlow.js's.
 *
 * The value and the gradients belong to the caller. If `f` throws, everything recorded is freed.
 *
 * @throws GradientError when a recorded operation has no gradient, or one whose shape or type differs from its input's.
 * @example
 * const { value, gradients: found } = gradients(() => loss(model.forward(x), y), model.parameters());
 */
export function gradients<T extends tf.Tensor>(
  f: () => T,
  parameters: readonly Parameter[],
): ValueAndGradients<T> {
  const { state } = tf.engine();
  const variables = parameters.map((parameter) => parameter.value);
  let tape: Operation[] | undefined;
  const recorded = () => {
    try {
      return f();
    } finally {
      // Take the tape, so that TensorFlow.js computes nothing. Within an outer gradient, that needs the whole tape.
      if (state.gradientDepth === 1) {
        tape = state.activeTape;
        state.activeTape = [];
      }
    }
  };
  try {
    const { value, grads } = tf.engine().gradients(recorded, variables, undefined, true);
    const found = tape ? walkBack(tape, variables, value) : grads;
    const pairs = parameters.map((parameter, i) => [parameter, found[i]] as const);
    return { value, gradients: new Map(pairs.filter((pair): pair is [Parameter, tf.Tensor] => !!pair[1])) };
  } finally {
    tape?.forEach(forget);
  }
}

type Operation = ReturnType<typeof tf.engine>['state']['activeTape'][number];

/** The gradients of `y` for `variables`; empties the tape. */
function walkBack(
  tape: Operation[],
  variables: readonly tf.Variable[],
  y: tf.Tensor,
): (tf.Tensor | undefined)[] {
  const dependent = new Set(variables.map((variable) => variable.id));
  for (const operation of tape) {
    if (Object.values(operation.inputs).some((input) => dependent.has(input.id))) {
      for (const output of operation.outputs) dependent.add(output.id);
    } else forget(operation);
  }
  return tf.tidy(() => {
    const scope = tf.engine().state.activeScope.id;
    const known = new Map([[y.id, tf.ones(y.shape)]]);
    for (let operation = tape.pop(); operation; operation = tape.pop()) {
      const { outputs } = operation;
      const dys = outputs.map(({ id }) => known.get(id));
      if (outputs.some(({ id }) => dependent.has(id)) && dys.some(Boolean)) {
        const spent = propagate(operation, dys, dependent, known);
        for (const { id } of outputs) known.delete(id);
        // A tensor may be the gradient of several others, or belong to another owner.
        const needed = new Set(known.values());
        for (const tensor of spent) {
          if (!needed.has(tensor) && !tensor.kept && tensor.scopeId === scope) tensor.dispose();
        }
      }
      forget(operation);
    }
    return variables.map(({ id }) => known.get(id));
  });
}

/** Adds an operation's gradients to those accumulated for its inputs; returns the tensors that it used. */
function propagate(
  operation: Operation,
  dys: (tf.Tensor | undefined)[],
  dependent: ReadonlySet<number>,
  known: Map<number, tf.Tensor>,
): tf.Tensor[] {
  const inputs = Object.entries(operation.inputs).filter(([, { id }]) => dependent.has(id));
  const spent = dys.filter((dy): dy is tf.Tensor => !!dy);
  tf.tidy(() => {
    const { kernelName, gradient, saved = [] } = operation;
    if (!gradient) throw new GradientError(`The operation ${kernelName} has no gradient.`);
    const of = gradient(dys as tf.Tensor[]);
    return inputs.map(([name, input]) => {
      const earlier = known.get(input.id);
      const derive: SummingGradient | undefined = of[name];
      const adds = earlier !== undefined && derive !== undefined && summing.has(derive);
      const found = adds ? derive(earlier) : derive?.();
      if (found?.dtype !== 'float32' || !tf.util.arraysEqual(found.shape, input.shape)) {
        throw new GradientError(
          `The gradient of ${kernelName} for its input '${name}' must be float32 of shape [${input.shape}], but it is ${found ? `${found.dtype} of shape [${found.shape}]` : 'missing'}.`,
        );
      }
      const dx = saved.includes(found) ? tf.clone(found) : found;
      const sum = earlier && !adds ? tf.add(earlier, dx) : dx;
      spent.push(dx, ...(earlier ? [earlier] : []));
      known.set(input.id, sum);
      return sum;
    });
  });
  return spent;
}

/** A gradient function that can add its result to a gradient accumulated so far. */
export type SummingGradient = (known?: tf.Tensor) => tf.Tensor;

const summing = new WeakSet<SummingGradient>();

/**
 * Marks a gradient function, as returned by the `gradFunc` of `tf.registerGradient`, that can add its result to a gradient
 * accumulated so far in the same pass. {@link gradients} uses it; TensorFlow.js calls it with nothing to add.
 */
export function summingGradient(gradient: SummingGradient): () => tf.Tensor {
  summing.add(gradient);
  return gradient;
}

/** Disposes of the tensors that an operation saved for its gradient. */
function forget({ saved = [] }: Operation): void {
  tf.dispose(saved);
}
