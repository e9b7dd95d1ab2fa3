import { parseArgs } from 'node:util';
import { type Module, xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 } from 'fastts';

const archs = { xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 };
export type ArchName = keyof typeof archs;

/** What the chapter is run on and with. */
export interface Options {
  /** `imagenette160`, `imagenette`, `cifar`, or the path of a folder with a folder of pictures a class. */
  data: string;
  archName: ArchName;
  arch: (options: { nOut: number }) => Module;
  /** Pixels of a training picture's side; by default 128, and 32 for `cifar`. */
  size?: number;
  bs: number;
  epochs: number;
  /** Share of the training pictures that is used, 0 to 1; by default what makes about five minutes on two cores. */
  pct?: number;
  full: boolean;
  /** Sections to run, by the name of their file; all when empty. */
  only: string[];
  seed: number;
  json?: string;
}

const usage = `npm run chapter7 -- [options]

  --data imagenette160 | imagenette | cifar | <folder>   pictures to train on (imagenette160; cifar where that can't be fetched)
  --arch ${Object.keys(archs).join(' | ')}
                       (xresnet18; xresnet50 with --full)
  --size N             side of the training pictures in pixels (64; 32 for cifar; 224 with --full)
  --bs N               pictures a batch (64)
  --epochs N           epochs a technique (3; 5 with --full)
  --pct P              share of the training pictures, 0 to 1 (what takes about five minutes on two cores; 1 with --full)
  --full               the chapter's own settings: xresnet50, 224 px, 5 epochs, 4 + 5 for progressive resizing
  --only NAMES         sections, separated by commas: baseline, normalization, progressiveResizing,
                       testTimeAugmentation, mixup, labelSmoothing
  --seed N             seed of everything random (42)
  --json FILE          write the table as JSON, too
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
    throw new Error(`--${name} is ${text}; it takes a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`);
  }
  return value;
}

/** Reads the command line; throws one sentence on a wrong option, prints the usage and exits on `--help`. */
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
  if (!(archName in archs)) {
    throw new Error(`--arch is ${archName}; it takes one of ${Object.keys(archs).join(', ')}.`);
  }
  return {
    data: values.data,
    archName: archName as ArchName,
    arch: archs[archName as ArchName],
    size: number('size', values.size, 16, 1024) ?? (full ? 224 : undefined),
    bs: number('bs', values.bs, 2, 4096) ?? 64,
    epochs: number('epochs', values.epochs, 1, 1000) ?? (full ? 5 : 3),
    pct: number('pct', values.pct, 0, 1, false) ?? (full ? 1 : undefined),
    full,
    only: values.only?.split(',') ?? [],
    seed: number('seed', values.seed, 0, 2 ** 31) ?? 42,
    json: values.json,
  };
}
