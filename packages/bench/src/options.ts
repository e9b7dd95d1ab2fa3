import { parseArgs } from 'node:util';
import { type ModelName, type ModelRun, models } from './tasks.js';

export const sections = ['kernel', 'train', 'infer', 'epoch'] as const;
export type Section = (typeof sections)[number];

/** The command-line options. */
export interface Options {
  json?: string;
  python: string;
  only: readonly Section[];
  data?: string;
  /** Threads of each side (default: the engine's). */
  threads?: number;
  repeats: number;
  /** Minimum duration of a repeat of training or prediction. */
  seconds: number;
  /** Batches per epoch. */
  batches: number;
  /** Models to train and predict with. */
  runs: readonly ModelRun[];
  /** Models to train from files. */
  epochs: readonly ModelRun[];
  /** Size and number of the images for the convolutions. */
  kernelSize: number;
  kernelBatch: number;
  /** Sizes of the matrix products. */
  matrices: readonly Sizes[];
}

type Sizes = readonly [m: number, k: number, n: number];

const usage = `npm run bench -- [options]

  --json FILE        also write the results as JSON
  --python PATH      the Python that has PyTorch and fastai to compare with (python3)
  --only NAMES       sections, separated by commas: ${sections.join(', ')} (all)
  --data FOLDER      images of the epoch section, one subfolder per class (downloads Imagenette at 160 pixels, or
                     CIFAR-10 if that fails)
  --models LIST      models to train and predict with, as model:pixels:batch, separated by commas
                     (xresnet18:128:32,xresnet50:128:16,xresnet18:224:16,xresnet50:224:16)
  --batches N        batches per epoch (16)
  --repeats N        repeats of each measurement, of which the median is reported (5; at most 3 for an epoch)
  --seconds S        minimum duration of a repeat of training or prediction (2); a kernel's is 1/40 of it
  --threads N        threads of both sides (the physical cores)
  --quick            small images, one repeat: checks within seconds that the benchmark runs
  --help`;

const thorough = {
  repeats: 5,
  seconds: 2,
  batches: 16,
  models: 'xresnet18:128:32,xresnet50:128:16,xresnet18:224:16,xresnet50:224:16',
  epochs: 'xresnet18:128:64,xresnet50:128:64',
  kernelSize: 128,
  kernelBatch: 16,
  matrices: [
    [512, 512, 512],
    [2048, 2048, 2048],
    [16, 2048, 1000],
  ] as Sizes[],
};

const quick = {
  repeats: 1,
  seconds: 0.01,
  batches: 2,
  models: 'xresnet18:32:4',
  epochs: 'xresnet18:32:4',
  kernelSize: 32,
  kernelBatch: 2,
  matrices: [[64, 64, 64]] as Sizes[],
};

/** Parses the command line; throws a one-sentence error for an invalid option, prints the usage and exits on `--help`. */
export function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'string' },
      python: { type: 'string', default: 'python3' },
      only: { type: 'string' },
      data: { type: 'string' },
      models: { type: 'string' },
      batches: { type: 'string' },
      repeats: { type: 'string' },
      seconds: { type: 'string' },
      threads: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const defaults = values.quick ? { ...thorough, ...quick } : thorough;
  const only = (values.only?.split(',') ?? sections) as Section[];
  const unknown = only.find((name) => !sections.includes(name));
  if (unknown !== undefined) throw new Error(`--only has ${unknown}; it takes ${sections.join(', ')}.`);
  return {
    json: values.json,
    python: values.python,
    only,
    data: values.data,
    threads: whole('threads', values.threads, 256),
    repeats: whole('repeats', values.repeats, 1000) ?? defaults.repeats,
    seconds: positive('seconds', values.seconds) ?? defaults.seconds,
    batches: whole('batches', values.batches, 100_000) ?? defaults.batches,
    runs: modelRuns(values.models ?? defaults.models),
    epochs: modelRuns(defaults.epochs),
    kernelSize: defaults.kernelSize,
    kernelBatch: defaults.kernelBatch,
    matrices: defaults.matrices,
  };
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && value <= 3600))
    throw new Error(`--${name} is ${text}; it takes a number greater than 0 and at most 3600.`);
  return value;
}

function whole(name: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= max)) {
    throw new Error(`--${name} is ${text}; it takes an integer from 1 to ${max}.`);
  }
  return value;
}

function modelRuns(text: string): ModelRun[] {
  return text.split(',').map((each) => {
    const [model, size, batchSize] = each.split(':');
    if (!models.includes(model as ModelName)) {
      throw new Error(
        `--models has ${each}; it takes model:pixels:batch with ${models.join(' or ')} as model.`,
      );
    }
    return {
      model: model as ModelName,
      size: whole('models', size ?? 'without pixels', 1024)!,
      batchSize: whole('models', batchSize ?? 'without batch', 4096)!,
    };
  });
}
