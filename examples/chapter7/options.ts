import { parseArgs } from 'node:util';
import { type Module, xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 } from 'fastts';

const archs = new Map(Object.entries({ xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 }));

/** The chapter's options. */
export interface Options {
  /** `imagenette160`, `imagenette`, `cifar`, or the path of a folder with one subfolder of pictures per class. */
  data: string;
  archName: string;
  arch: (options: { nOut: number }) => Module;
  /** Height and width of the training pictures in pixels (default 64; 32 for `cifar`). */
  size?: number;
  bs: number;
  epochs: number;
  /** Share of the pictures that is used, 0 to 1 (default: about five minutes of training on two cores). */
  pct?: number;
  full: boolean;
  /** Whether to continue the fits of an earlier run with the same options that was stopped. */
  resume: boolean;
  /** Sections to run, by the names of their files; all if empty. */
  only: string[];
  seed: number;
  json?: string;
}

const usage = `npm run chapter7 -- [options]

  --data imagenette160 | imagenette | cifar | <folder>   data to train on (imagenette160; cifar if it cannot be downloaded)
  --arch ${[...archs.keys()].join(' | ')}
                       (xresnet18; xresnet50 with --full)
  --size N             side of the training pictures in pixels (64; 32 for cifar; 224 with --full)
  --bs N               batch size (64)
  --epochs N           epochs per technique (3; 5 with --full)
  --pct P              share of the pictures, 0 to 1 (about five minutes on two cores; 1 with --full)
  --full               the chapter's own settings: xresnet50, 224 px, 5 epochs, 4 + 5 for progressive resizing
  --resume             continue a run that was stopped, with its other options; runs with --full or --resume save
                       checkpoints in out/chapter7/checkpoints
  --only NAMES         comma-separated sections: baseline, normalization, progressiveResizing,
                       progressiveResizeCallback, mixup, labelSmoothing
  --seed N             random seed (42)
  --json FILE          also write the table as JSON
  --help`;

function number(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
  whole = true,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new Error(
      `--${name} must be ${whole ? 'an integer' : 'a number'} from ${min} to ${max}, got ${text}.`,
    );
  }
  return value;
}

/** Parses the command line. Throws on a wrong option; prints the usage and exits on `--help`. */
export function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string', default: 'imagenette160' },
      arch: { type: 'string' },
      size: { type: 'string' },
      bs: { type: 'string' },
      epochs: { type: 'string' },
      pct: { type: 'string' },
      full: { type: 'boolean', default: false },
      resume: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const { full } = values;
  const archName = values.arch ?? (full ? 'xresnet50' : 'xresnet18');
  const arch = archs.get(archName);
  if (!arch) throw new Error(`--arch must be one of ${[...archs.keys()].join(', ')}, got ${archName}.`);
  return {
    data: values.data,
    archName,
    arch,
    size: number('size', values.size, 16, 1024) ?? (full ? 224 : undefined),
    bs: number('bs', values.bs, 2, 4096) ?? 64,
    epochs: number('epochs', values.epochs, 1, 1000) ?? (full ? 5 : 3),
    pct: number('pct', values.pct, 0, 1, false) ?? (full ? 1 : undefined),
    full,
    resume: values.resume,
    only: values.only?.split(',') ?? [],
    seed: number('seed', values.seed, 0, 2 ** 31) ?? 42,
    json: values.json,
  };
}
