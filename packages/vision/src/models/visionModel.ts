import {
  ArgumentError,
  checkInteger,
  ensureEngine,
  type Module,
  nameOf,
  type Parameter,
  registered,
  type Sequential,
  StateDictError,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Cut, createBody } from './body.js';
import { addHead, type CreateHeadOptions } from './head.js';
import { numFeaturesModel } from './modelSizes.js';
import type { WeightsFile } from './pretrained/hubWeights.js';
import { type Arch, metaOf } from './pretrained/modelMeta.js';
import { loadWeights } from './pretrained/pretrainedWeights.js';

/** Options of {@link visionModel}. */
export interface VisionModelOptions extends CreateHeadOptions {
  /** Where the architecture's body ends (default: as in {@link modelMeta}). */
  cut?: Cut | null;
  /** Channels of the images (default 3). */
  nIn?: number;
  /** Initializes the head's weights (default Kaiming normal); `null` keeps PyTorch's defaults. */
  init?: ((weight: Parameter) => void) | null;
  /** A custom head. */
  customHead?: Module;
}

/** Options for pretrained weights. */
export interface PretrainedOptions {
  /** Whether the body is pretrained (default true). */
  pretrained?: boolean;
  /**
   * The weights of a pretrained model: a path, a URL, or the result of {@link hubWeights} (default: the architecture's
   * own). Their names are those of the architecture's parameters; weights of its head are ignored.
   */
  weights?: string | WeightsFile;
}

/**
 * An architecture's body with a new head, untrained.
 *
 * @example
 * visionModel(resnet34, 10);
 */
export const visionModel = registered('visionModel')(
  (
    arch: Arch,
    nOut: number,
    { cut = metaOf(arch).cut, nIn = 3, customHead, ...options }: VisionModelOptions = {},
  ): Sequential => {
    checkInteger('nOut', nOut, { min: 1 });
    const body = createBody(arch(), { nIn, pretrained: false, cut });
    const nf = customHead ? 0 : numFeaturesModel(body);
    return addHead(body, nf, nOut, { ...options, head: customHead });
  },
);

/**
 * An architecture's body, pretrained by default, with a new head.
 *
 * Source: fastai `vision/learner.py`, `create_vision_model`.
 *
 * @throws ArgumentError when `nOut` is not an integer ≥ 1, the body is empty, or `weights` are given although
 *   `pretrained` is false.
 * @throws StateDictError when the architecture has no known weights, or the given ones lack some of the body's tensors.
 * @throws what {@link loadWeights} throws.
 * @example
 * const model = await createVisionModel(resnet34, 10);
 */
export async function createVisionModel(
  arch: Arch,
  nOut: number,
  { pretrained = true, weights, ...options }: VisionModelOptions & PretrainedOptions = {},
): Promise<Sequential> {
  checkPretrained({ pretrained, weights });
  await ensureEngine();
  const model = visionModel(arch, nOut, options);
  if (pretrained) await loadBody(model.at(0), arch, { ...options, weights });
  return model;
}

/** Refuses weights that would be ignored. */
export function checkPretrained({ pretrained, weights }: PretrainedOptions): void {
  if (pretrained || weights === undefined) return;
  throw new ArgumentError(
    'Weights are given, but pretrained is false: leave one of them out. To train the body from the start, call unfreeze().',
  );
}

/** Loads an architecture's pretrained weights into its body. */
export async function loadBody(
  body: Module,
  arch: Arch,
  {
    cut = metaOf(arch).cut,
    nIn = 3,
    weights,
  }: Pick<VisionModelOptions, 'cut' | 'nIn'> & Pick<PretrainedOptions, 'weights'>,
): Promise<void> {
  const source = weights ?? metaOf(arch).weights;
  if (!source) {
    throw new StateDictError(
      `No weights are known for ${nameOf(arch) || 'this architecture'}: pass weights, or pretrained: false.`,
    );
  }
  const state = await loadWeights(source);
  try {
    // The body has other names; those of the weights are the whole architecture's.
    const whole = arch();
    const names = new Map(membersOf(whole).map(([name, member]) => [member, name]));
    const missing = loadMatching(whole, state);
    const trained = createBody(whole, { nIn, pretrained: true, cut });
    const lacking = membersOf(trained).flatMap(([, member]) => {
      const name = names.get(member);
      // Weights saved before PyTorch 0.4.1 have no num_batches_tracked.
      return name && missing.has(name) && !name.endsWith('num_batches_tracked') ? [name] : [];
    });
    const taken = trained.stateDict();
    trained.dispose();
    try {
      if (lacking.length > 0) throw mismatch(arch, lacking);
      body.loadStateDict(taken);
    } finally {
      tf.dispose([...taken.values()]);
    }
  } finally {
    tf.dispose([...state.values()]);
  }
}

/** Loads the tensors whose name and shape fit the model; returns the names of the model's other tensors. */
function loadMatching(model: Module, state: ReadonlyMap<string, tf.Tensor>): Set<string> {
  const own = new Map(membersOf(model));
  const fits = new Map(
    [...state].filter(([name, { shape }]) => {
      const wanted = own.get(name)?.fileShape;
      return wanted && tf.util.arraysEqual(wanted, shape);
    }),
  );
  return new Set(model.loadStateDict(fits, { strict: false }).missing);
}

function membersOf(model: Module) {
  return [...model.namedParameters(), ...model.namedBuffers()];
}

function mismatch(arch: Arch, names: string[]): StateDictError {
  const shown = names.slice(0, 3).join(', ');
  return new StateDictError(
    `The weights are not those of ${nameOf(arch) || 'this architecture'}: ${names.length} tensors of its body are missing or have another shape, such as ${shown}.`,
  );
}
