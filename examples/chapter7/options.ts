import { parseArgs } from 'node:util';
import { type XResNet, xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 } from 'fastts';

/** A network for minutes on a CPU: xresnet18 with half the channels in its blocks, a quarter of the weights. */
function xresnet18half({ nOut }: { nOut: number }): XResNet {
  return xresnet18({ nOut, widen: 0.5 });
}

const archs = new Map(
  Object.entries({ xresnet18half, xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 }),
);

/** The chapter's options. What is not given is chosen for the machine; see `plan.ts`. */
export interface Options {
  /** `imagenette160`, `imagenette`, `cifar`, or the path of a folder with one subfolder of pictures per class. */
  data: string;
  archName: string;
  arch: (options: { nOut: number }) => XResNet;
  /** Height and width of the training pictures in pixels. */
  size?: number;
  bs: number;
  /** Epochs per technique. */
  epochs?: number;
  /** Share of the pictures that is used, 0 to 1. */
  pct?: number;
  full: boolean;
  /** Whether to continue the fits of an earlier run with the same options that was stopped. */
  resume: boolean;
  /** Sections to run, by name. */
  only: string[];
  /** The seeds to repeat the chapter with. */
  seeds: number[];
  json?: string;
}

const usage = (sections: readonly string[]) => `npm run chapter7 -- [options]

Without options it measures this machine, and chooses the share of the data, the epochs and the size so that all of it takes five minutes.
It keeps to the options that are given.

  --data imagenette160 | imagenette | cifar | <folder>   data to train on (imagenette160; cifar if it cannot be downloaded)
  --arch ${[...archs.keys()].join(' | ')}
                       (xresnet18half, which has half of xresnet18's channels; xresnet50 with --full)
  --size N             side of the training pictures in pixels (32 to 128; 224 with --full)
  --bs N               batch size (32; 64 with --full)
  --epochs N           epochs per technique (5 with --full)
  --pct P              share of the pictures, 0 to 1 (1 with --full)
  --full               the chapter's own settings: xresnet50, 224 px, 5 epochs, 4 + 5 for progressive resizing
  --resume             continue a run that was stopped, with its other options; runs with --full or --resume save
                       checkpoints in out/chapter7/checkpoints
  --only NAMES         comma-separated sections: ${sections.slice(0, 3).join(', ')},
                       ${sections.slice(3).join(', ')}
  --seed N             random seed, of the choice of pictures, too (42)
  --seeds N            repeat everything with N seeds, and report means and standard deviations (1)
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
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new Error(
      `--${name} must be ${whole ? 'an integer' : 'a number'} from ${min} to ${max}, got ${text || "''"}.`,
    );
  }
  return value;
}

/**
 * Parses the command line; prints the usage and exits on `--help`.
 *
 * @param sections The names of all sections.
 * @throws Error on a wrong option.
 */
export function parseOptions(args: string[], sections: readonly string[]): Options {
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
      seeds: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage(sections));
    process.exit(0);
  }
  const { full } = values;
  const archName = values.arch ?? (full ? 'xresnet50' : 'xresnet18half');
  const arch = archs.get(archName);
  if (!arch) throw new Error(`--arch must be one of ${[...archs.keys()].join(', ')}, got ${archName}.`);
  const only = values.only?.split(',') ?? [...sections];
  const unknown = only.find((name) => !sections.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only must be sections of ${sections.join(', ')}, got ${unknown || "''"}.`);
  }
  const pct = number('pct', values.pct, 0, 1, false);
  if (pct === 0) throw new Error('--pct must be greater than 0, got 0.');
  const seed = number('seed', values.seed, 0, 2 ** 31) ?? 42;
  const seeds = number('seeds', values.seeds, 1, 100) ?? 1;
  return {
    data: values.data,
    archName,
    arch,
    size: number('size', values.size, 16, 1024) ?? (full ? 224 : undefined),
    bs: number('bs', values.bs, 2, 4096) ?? (full ? 64 : 32),
    epochs: number('epochs', values.epochs, 1, 1000) ?? (full ? 5 : undefined),
    pct: pct ?? (full ? 1 : undefined),
    full,
    resume: values.resume,
    only,
    seeds: Array.from({ length: seeds }, (_, i) => seed + i),
    json: values.json,
  };
}
