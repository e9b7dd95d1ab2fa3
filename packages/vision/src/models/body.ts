import {
  ArgumentError,
  Conv2d,
  type Module,
  type ModuleBuffer,
  nameOf,
  type Parameter,
  Pool2d,
  Sequential,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/** Where a model's body ends: before the child of that index, counted from the end when negative; or a function that cuts it. */
export type Cut = number | ((model: Module) => Sequential);

/** Options of {@link createBody}. */
export interface CreateBodyOptions {
  /** Channels of the images (default 3). */
  nIn?: number;
  /** Whether the first convolution's weights are adapted, not replaced, where `nIn` is not 3 (default true). */
  pretrained?: boolean;
  /** Where the body ends (default: before the last child that pools). */
  cut?: Cut | null;
}

/** Whether a module, or one inside it, is a pooling layer. Source: fastai `vision/learner.py`. */
export function hasPoolType(model: Module): boolean {
  return model.modules().some((module) => module instanceof Pool2d);
}

/**
 * The part of a model that computes features, without its head, which is disposed of.
 *
 * For `nIn` other than 3 the first convolution is replaced. If `pretrained`, its weights come from the old ones: for one
 * channel their sum over channels, for two the first two channels times 1.5, for more than three the old ones and zeros.
 *
 * Source: fastai `vision/learner.py`, `create_body`.
 *
 * @throws ArgumentError when `nIn` is not 3 and the model does not begin with a convolution of three channels, or when it
 *   has no pooling layer.
 */
export function createBody(
  model: Module,
  { nIn = 3, pretrained = true, cut = null }: CreateBodyOptions = {},
): Sequential {
  const before = membersOf(model);
  if (nIn !== 3) replaceFirstConvolution(model, nIn, pretrained);
  const body = cutModel(model, cut ?? lastPooling(model));
  const kept = membersOf(body);
  for (const member of before) if (!kept.has(member)) member.dispose();
  return body;
}

/**
 * The children of a model before `cut`, or the result of a cut function.
 *
 * Source: fastai `vision/learner.py`, `cut_model`.
 */
export function cutModel(model: Module, cut: Cut): Sequential {
  if (typeof cut === 'function') return cut(model);
  return new Sequential(
    ...model
      .children()
      .slice(0, cut)
      .map(([, child]) => child),
  );
}

function lastPooling(model: Module): number {
  const place = model.children().findLastIndex(([, child]) => hasPoolType(child));
  if (place < 0) throw new ArgumentError('The model has no pooling layer: set cut, the end of its body.');
  return place;
}

function replaceFirstConvolution(model: Module, nIn: number, pretrained: boolean): void {
  const [path] = model.namedParameters()[0] ?? [];
  const names = path?.split('.').slice(0, -1) ?? [];
  const found = model.namedModules().find(([name]) => name === names.join('.'))?.[1];
  if (!(found instanceof Conv2d) || found.inChannels !== 3) {
    throw new ArgumentError(
      `For ${nIn} channels the model must begin with a Conv2d of 3 channels, but it begins with ${found && nameOf(found)}${found instanceof Conv2d ? ` of ${found.inChannels}` : ''}.`,
    );
  }
  const [height, width] = found.weight.shape;
  const { outChannels, options, bias } = found;
  const conv = new Conv2d(nIn, outChannels, [height, width], { ...options, bias: bias !== null });
  if (pretrained) takeWeights(conv, found);
  const parent = model.namedModules().find(([name]) => name === names.slice(0, -1).join('.'))![1];
  const [key] = Object.entries(parent).find(([, child]) => child === found)!;
  Object.assign(parent, { [key]: conv });
}

/** Weights are `[height, width, in, out]`. As in fastai, a bias is initialized again. */
function takeWeights({ weight, inChannels }: Conv2d, from: Conv2d): void {
  tf.tidy(() => {
    const old = from.weight.value as tf.Tensor4D;
    const [height, width, , out] = old.shape;
    if (inChannels === 1) weight.assign(tf.sum(old, 2, true));
    else if (inChannels === 2) {
      weight.assign(tf.mul(tf.slice(old, [0, 0, 0, 0], [height, width, 2, out]), 1.5));
    } else weight.assign(tf.concat([old, tf.zeros([height, width, inChannels - 3, out])], 2));
  });
}

function membersOf(model: Module): Set<Parameter | ModuleBuffer> {
  return new Set([...model.parameters(), ...model.namedBuffers().map(([, buffer]) => buffer)]);
}
