import {
  ensureEngine,
  log as logLine,
  nameOf,
  Pipeline,
  rng,
  type Transform,
  type TransformContext,
  tensorsIn,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { describeValue, reasonOf } from './describeValue.js';
import { itself } from './items/getters.js';
import type { Getter } from './items/itemTypes.js';
import type { Datasets } from './loading/datasets.js';

/** The part of a data block that {@link summarize} needs. */
export interface Summarized<Source> {
  readonly itemTfms: readonly Transform[];
  readonly batchTfms: readonly Transform[];
  datasets(source: Source): Promise<Datasets>;
}

/** Settings of `DataBlock.summary`. */
export interface SummaryOptions {
  /** Batch size (default 4). */
  bs?: number;
  /** Called with each line (default: the library's log). */
  log?: (line: string) => void;
}

/**
 * Builds one sample and one batch step by step, and logs the result of each step, or which step failed.
 *
 * Source: fastai `data/block.py`, `summary`.
 *
 * @returns All lines that were logged.
 */
export async function summarize<Source>(
  block: Summarized<Source>,
  source: Source,
  { bs = 4, log = logLine }: SummaryOptions = {},
): Promise<string> {
  const steps = new Steps(log);
  steps.say(`Collecting items from ${describeValue(source)}`);
  const datasets = await steps.run('Collecting, splitting and setting up the type transforms', () =>
    block.datasets(source),
  );
  steps.say(
    `Found ${datasets.length} items`,
    `${datasets.splits.length} datasets of sizes ${datasets.splits.map((s) => s.length).join(', ')}`,
    ...(datasets.vocab.length > 0
      ? [`Vocabulary of ${datasets.vocab.length}: ${describeValue(datasets.vocab)}`]
      : []),
  );
  await ensureEngine();
  const { train } = datasets;
  const loader = await steps.run('Setting up the item and batch transforms', async () => {
    const afterItem = new Pipeline(block.itemTfms);
    return (await datasets.dataloaders({ bs, afterItem, afterBatch: new Pipeline(block.batchTfms) })).train;
  });

  steps.say('', 'Building one sample');
  const sample = await typeSteps(steps, train);
  steps.say('', `Final sample: ${describeValue(sample)}`, '', '', 'Building one batch');
  const samples = await itemSteps(steps, train, loader.afterItem, sample, Math.min(bs, train.length));
  await batchSteps(steps, train, loader.afterBatch, samples);
  return steps.text;
}

/** Logs steps and their results. */
class Steps {
  private readonly lines: string[] = [];

  constructor(private readonly log: (line: string) => void) {}

  get text(): string {
    return this.lines.join('\n');
  }

  say(...lines: string[]): void {
    for (const line of lines) {
      this.lines.push(line);
      this.log(line);
    }
  }

  /** Runs a step; if it fails, logs its name. */
  async run<T>(name: string, step: () => T | Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      this.say(`${name} failed: ${reasonOf(error)}`);
      throw error;
    }
  }

  /** Runs a step and logs its result. */
  async apply<T>(name: string, step: () => T | Promise<T>): Promise<T> {
    const value = await this.run(`    applying ${name}`, step);
    this.say(`    applying ${name} gives`, `      ${describeValue(value)}`);
    return value;
  }
}

async function typeSteps(steps: Steps, train: Datasets): Promise<unknown[]> {
  const sample: unknown[] = [];
  for (const [k, kind] of train.kinds.entries()) {
    const getter = train.getters[k]!;
    const transforms = activeIn(train.typeTfms[k]!);
    const names = [...(getter === itself ? [] : [displayName(getter)]), ...transforms.map(displayName)];
    steps.say(`  ${kind}: ${names.join(' -> ') || 'the item itself'}`, '    starting from');
    steps.say(`      ${describeValue(train.items[0])}`);
    let value: unknown = train.items[0];
    if (getter !== itself) value = await steps.apply(displayName(getter), () => getter(train.items[0]));
    for (const transform of transforms) {
      value = await steps.apply(displayName(transform), async () => {
        const [next] = await new Pipeline([transform]).apply([value], [kind], contextOf(0));
        return next;
      });
    }
    sample.push(value);
  }
  return sample;
}

async function itemSteps(
  steps: Steps,
  train: Datasets,
  afterItem: Pipeline,
  sample: unknown[],
  count: number,
): Promise<unknown[][]> {
  const transforms = activeIn(afterItem);
  let values = sample;
  if (transforms.length === 0) steps.say('No item transforms to apply');
  else {
    steps.say(
      'Applying item transforms to the first sample:',
      `  ${transforms.map(displayName).join(' -> ')}`,
    );
    steps.say('    starting from', `      ${describeValue(sample)}`);
  }
  for (const transform of transforms) {
    values = await steps.apply(displayName(transform), () =>
      new Pipeline([transform]).apply(values, train.kinds, contextOf(0)),
    );
  }
  const samples = [values];
  if (count > 1) steps.say('', `Adding the next ${count - 1} samples`);
  for (let i = 1; i < count; i++) {
    const load = async () => afterItem.apply(await train.get(i, contextOf(i)), train.kinds, contextOf(i));
    samples.push(await steps.run(`Loading ${train.describe(i)}`, load));
  }
  return samples;
}

async function batchSteps(
  steps: Steps,
  train: Datasets,
  afterBatch: Pipeline,
  samples: unknown[][],
): Promise<void> {
  steps.say('', 'Collating items in a batch');
  let batch: unknown[] = [];
  try {
    for (const [k, block] of train.blocks.entries()) {
      const values = samples.map((sample) => sample[k]);
      const name = `Collating the ${block.kind} values ${describeValue(values)}`;
      batch.push(await steps.run(name, () => tf.tidy(() => block.collate(values))));
    }
    steps.say(`  ${describeValue(batch)}`);
    const transforms = activeIn(afterBatch);
    steps.say(
      '',
      transforms.length > 0
        ? 'Applying batch transforms to the batch built:'
        : 'No batch transforms to apply',
    );
    for (const transform of transforms) {
      const before = batch;
      batch = await steps.apply(displayName(transform), () =>
        tf.tidy(() => new Pipeline([transform]).applySync(before, train.kinds, contextOf(0)) as tf.Tensor[]),
      );
      tf.dispose(before.filter((part) => !batch.includes(part)) as tf.Tensor[]);
    }
  } finally {
    tf.dispose(tensorsIn([batch, samples]));
  }
}

function displayName(step: Getter | Transform): string {
  return nameOf(step) || (typeof step === 'function' ? 'a function' : 'a transform');
}

function activeIn(transforms: Iterable<Transform>): Transform[] {
  return [...transforms].filter(({ split }) => split !== 'valid');
}

function contextOf(index: number): TransformContext {
  return { split: 'train', rng: rng().fork(`summary ${index}`) };
}
