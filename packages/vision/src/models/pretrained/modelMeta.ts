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

/** A function that makes a network, such as `resnet34`. */
export type Arch = () => Module;

/** What is known of an architecture. */
export interface ModelMeta {
  /** Where its body ends; `null`: before the last child that pools. */
  cut: Cut | null;
  /** Splits a model of a body and a head into parameter groups. */
  split(model: Module): Parameter[][];
  /** The statistics of the pictures that its weights were trained with. */
  stats?: ChannelStats;
  /** Where its weights are, best first. */
  weights?: readonly WeightsFile[];
}

/** Two groups: the body, and the head. Source: fastai `vision/learner.py`. */
export function defaultSplit(model: Module): Parameter[][] {
  const [body, ...head] = partsOf(model);
  return [parametersOf([body!]), parametersOf(head)];
}
named('defaultSplit')(defaultSplit);

/** Three groups: the body's children before `place`, its others, and the head. */
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

/** torchvision's weights: as safetensors on the hub, and its own file, whose name has the beginning of its hash. */
function torchvision(name: string, kind: string, sha256: string): ModelMeta {
  const own = { url: `https://download.pytorch.org/models/${name}-${sha256}.pth`, sha256 };
  return { ...RESNET, weights: [hubWeights(`timm/${name}.${kind}_in1k`), own] };
}

/**
 * What is known of architectures: fastai's `model_meta`. An architecture of one's own may be added.
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

/** What is known of an architecture, or what holds for any. */
export function metaOf(arch: Arch): ModelMeta {
  return modelMeta.get(arch) ?? UNKNOWN;
}
