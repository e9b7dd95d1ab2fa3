import { parseArgs } from 'node:util';
import { networkNames } from './networks.js';

/** The competition's options. */
export interface Options {
  /** A folder in Kaggle's layout; without it, leaves are drawn. */
  data?: string;
  /** Number of training pictures to draw. */
  pictures: number;
  /** The network of all steps. */
  arch: string;
  /** The networks of the ensemble. */
  archs: string[];
  /** Side of the pictures in pixels, in steps with one size. */
  size: number;
  /** The sides of progressive resizing, ascending. */
  sizes: number[];
  bs: number;
  epochs: number;
  nFolds: number;
  /** Steps to run, by name; all if empty. */
  only: string[];
  /** The first seed, and the number of seeds over which the closing table averages. */
  seed: number;
  seeds: number;
  /** The folder of figures, models, tables and `submission.csv`. */
  out: string;
  /** Whether to log the folds' training for Weights & Biases. */
  wandb: boolean;
}

const usage = `npm run competition -- [options]

  --data FOLDER     a folder in the layout of Kaggle's cassava-leaf-disease-classification; without it, leaves are drawn
  --pictures N      number of training pictures to draw (900)
  --arch NAME       network of the steps: ${networkNames.join(', ')} (small18; resnet34 with --data)
  --archs NAMES     comma-separated networks of the ensemble (small18,small34; resnet34,resnet50 with --data)
  --size N          side of the pictures in pixels (48; 224 with --data)
  --sizes N,N,N     sides for progressive resizing (32,48,64; 224,512,768 with --data)
  --bs N            batch size (16; 32 with --data)
  --epochs N        epochs of each training (6; 5 with --data)
  --folds N         number of folds (3; 5 with --data)
  --only STEPS      comma-separated steps, as the run names them (all)
  --seed N          random seed (1)
  --seeds N         run the steps with this many seeds, and print means and deviations (1)
  --out FOLDER      folder of figures, models and submission.csv (out/competition)
  --wandb           log the training of the folds for Weights & Biases, in the folder out/competition/wandb
  --help`;

/** Parses the command line. Throws on a wrong option; returns `undefined` after printing the usage for `--help`. */
export function parseOptions(args: string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args,
    options: {
      ...{ data: text, pictures: text, arch: text, archs: text, size: text, sizes: text, bs: text },
      ...{
        epochs: text,
        folds: text,
        only: text,
        seed: text,
        seeds: text,
        out: text,
        wandb: flag,
        help: flag,
      },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const isReal = values.data !== undefined;
  const count = (
    name: 'pictures' | 'size' | 'bs' | 'epochs' | 'folds' | 'seed' | 'seeds',
    otherwise: number,
    min: number,
  ) => integer(name, values[name], min) ?? otherwise;
  const sizes = values.sizes?.split(',').map((size) => integer('sizes', size, 16)!);
  return {
    data: values.data,
    pictures: count('pictures', 900, 50),
    arch: known(values.arch ?? (isReal ? 'resnet34' : 'small18')),
    archs: (values.archs ?? (isReal ? 'resnet34,resnet50' : 'small18,small34')).split(',').map(known),
    size: count('size', isReal ? 224 : 48, 16),
    sizes: sizes ?? (isReal ? [224, 512, 768] : [32, 48, 64]),
    bs: count('bs', isReal ? 32 : 16, 2),
    epochs: count('epochs', isReal ? 5 : 6, 1),
    nFolds: count('folds', isReal ? 5 : 3, 2),
    only: values.only?.split(',') ?? [],
    seed: count('seed', 1, 0),
    seeds: count('seeds', 1, 1),
    out: values.out ?? 'out/competition',
    wandb: values.wandb ?? false,
  };
}

function known(name: string): string {
  if (networkNames.includes(name)) return name;
  throw new Error(`--arch and --archs must be of ${networkNames.join(', ')}, got ${name}.`);
}

function integer(name: string, text: string | undefined, min: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min) return value;
  throw new Error(`--${name} must be an integer of at least ${min}, got ${text}.`);
}
