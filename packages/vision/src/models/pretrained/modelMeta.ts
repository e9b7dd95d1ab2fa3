import {
  type ChannelStats,
  type Module,
  named,
  type Parameter,
  type Sequential,
  SequentialEx,
} from '@fastts/core';
import { imagenetStats } from '../../batchTransforms/normalize.js';
import type { Cut } from '../body.js';
import { resnet18, resnet34, resnet50, resnet101, resnet152 } from '../resnet.js';
import { xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 } from '../xresnet.js';
import { hubWeights, type WeightsFile } from './hubWeights.js';

/** A function that creates a network, such as `resnet34`. */
export type Arch = () => Module;

/** Metadata of an architecture. */
export interface ModelMeta {
  /** Where its body ends; `null`: before the last child that pools. */
  cut: Cut | null;
  /** Splits a model made of a body and a head into parameter groups. */
  split(model: Module): Parameter[][];
  /** The statistics by which its weights' training images were normalized. */
  stats?: ChannelStats;
  /** The files of its weights, in order of preference. */
  weights?: readonly WeightsFile[];
}

/** Two groups: the body, and the head. Source: fastai `vision/learner.py`. */
export function defaultSplit(model: Module): Parameter[][] {
  const [body, ...head] = partsOf(model);
  return [parametersOf([body!]), parametersOf(head)];
}
named('defaultSplit')(defaultSplit);

/** Three groups: the body's children before `place`, the rest of the body, and the head. */
function splitBodyAt(place: number): ModelMeta['split'] {
  return named(`splitBodyAt${place}`)((model: Module) => {
    const [body, ...head] = partsOf(model);
    const parts = [...(body as Sequential)];
    return [parts.slice(0, place), parts.slice(place), head].map(parametersOf);
  });
}

function partsOf(model: Module): Module[] {
  return [...(model instanceof SequentialEx ? model.layers : (model as Sequential))];
}

function parametersOf(modules: readonly Module[]): Parameter[] {
  return modules.flatMap((module) => module.parameters());
}

const UNKNOWN: ModelMeta = { cut: null, split: defaultSplit };
const XRESNET: ModelMeta = { cut: -4, split: splitBodyAt(3), stats: imagenetStats };
const RESNET: ModelMeta = { cut: -2, split: splitBodyAt(6), stats: imagenetStats };

/** torchvision's weights: as safetensors on the hub, or its own file, whose name contains the beginning of its hash. */
function torchvision(name: string, kind: string, sha256: string): ModelMeta {
  const own = { url: `https://download.pytorch.org/models/${name}-${sha256}.pth`, sha256 };
  return { ...RESNET, weights: [hubWeights(`timm/${name}.${kind}_in1k`), own] };
}

/**
 * Metadata by architecture: fastai's `model_meta`. Custom architectures can be added.
 *
 * Source: fastai `vision/learner.py`; torchvision `models/resnet.py`, the default weights.
 */
export const modelMeta = new Map<Arch, ModelMeta>([
  [xresnet18, XRESNET],
  [xresnet34, XRESNET],
  [xresnet50, { ...XRESNET, weights: [{ url: 'https://s3.amazonaws.com/fast-ai-modelzoo/xrn50_940.pth' }] }],
  [xresnet101, XRESNET],
  [xresnet152, XRESNET],
  [resnet18, torchvision('resnet18', 'tv', 'f37072fd')],
  [resnet34, torchvision('resnet34', 'tv', 'b627a593')],
  [resnet50, torchvision('resnet50', 'tv2', '11ad3fa6')],
  [resnet101, torchvision('resnet101', 'tv2', 'cd907fc2')],
  [resnet152, torchvision('resnet152', 'tv2', 'f82ba261')],
]);

/** The metadata of an architecture, or the default. */
export function metaOf(arch: Arch): ModelMeta {
  return modelMeta.get(arch) ?? UNKNOWN;
}
