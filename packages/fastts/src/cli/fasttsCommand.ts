import { Command, InvalidArgumentError, Option } from 'commander';
import { FasttsError } from '../index.js';
import { version } from '../version.js';
import { type ArchName, architectures } from './architectures.js';

/** The command `fastts` with the arguments of its subcommands, whose code is loaded when one is run. */
export function fasttsCommand(): Command {
  const program = new Command('fastts')
    .description("Trains and runs image classifiers in TypeScript, fastai's way.")
    .version(version, '--version')
    .showHelpAfterError('(run fastts --help for the commands and options)');

  program
    .command('doctor')
    .description('prints which engine is used on this machine, and why others are not')
    .action(async () => (await import('./doctor.js')).doctor());

  const setup = program
    .command('setup')
    .description('prepares engines that are not there after the installation');
  setup
    .command('native')
    .description("compiles the engine `native` with this machine's C++ compiler")
    .action(async () => (await import('./setup/native.js')).setupNative());

  pictures(program.command('train'))
    .description('trains a classifier on a folder of images with one subfolder per class')
    .option('--epochs <n>', 'number of passes over the training images', integer(1), 5)
    .option(
      '--lr <rate>',
      'highest learning rate (default: 0.003, or 0.002 for a pretrained network)',
      within(1e-10, 100),
    )
    .option('--out <folder>', 'folder for model.safetensors and report.html', '.')
    .option('--resume', 'continue the training into this folder that was interrupted or killed')
    .action(async (folder, options) => (await import('./train.js')).train(folder, options));

  program
    .command('predict')
    .description('classifies images with a model written by `fastts train` or learn.export')
    .argument('<model>', 'the .safetensors file')
    .argument('<files...>', 'images, or folders of them')
    .option('--top <n>', 'classes to print per image', integer(1), 3)
    .option('--json', 'print one JSON object per line')
    .action(async (model, files, options) => (await import('./predict.js')).predict(model, files, options));

  program
    .command('clean')
    .description('finds wrong labels: serves a page, to this machine only, with the images of highest loss')
    .argument(
      '<folder>',
      'contains train/<class>/… and valid, val or test, or just <class>/…; with --labels, images',
    )
    .requiredOption('--model <file>', 'the .safetensors file, written by `fastts train` or learn.export')
    .option('--labels <file>', 'a CSV file with the labels: it is corrected in a copy, and no image is moved')
    .option('--fn-col <name>', 'its column of the images (default: the first)')
    .option('--label-col <name>', 'its column of the labels (default: the second)')
    .option('--suff <text>', 'what follows the names in it, such as .jpg')
    .option('--removed <folder>', 'folder for deleted images (default: <folder>-removed)')
    .option('--port <n>', 'port of the page (default: a free one)', integer(1, 65_535))
    .option(
      '--valid <fraction>',
      'fraction that was for validation, if split.csv beside the model does not list the images',
      within(0.01, 0.9),
      0.2,
    )
    .option('--seed <n>', 'random seed of that split', integer(0), 42)
    .addHelpText(
      'after',
      `
Deleted images are moved to <folder>-removed, those with another label to the folder of its class; <folder>-changes.csv says
what was done, and undo reverts it, also later. With --labels train.csv, these are train-cleaned.csv and train-changes.csv.`,
    )
    .action(async (folder, options) => (await import('./clean.js')).clean(folder, options));

  pictures(program.command('lr-find'))
    .description('suggests a learning rate for `fastts train`')
    .option('--plot <file>', 'file for the curve, .png or .svg', figureFile, 'lr-find.png')
    .action(async (folder, options) => (await import('./lrFind.js')).lrFind(folder, options));

  return program;
}

/** Adds the arguments shared by the commands that train. */
function pictures(command: Command): Command {
  return command
    .argument('<folder>', 'contains train/<class>/… and valid, val or test, or just <class>/…')
    .addOption(
      new Option('--arch <name>', 'architecture (default: xresnet18, or resnet34 if pretrained)').choices(
        Object.keys(architectures),
      ),
    )
    .option('--pretrained', 'fine-tune weights pretrained on ImageNet, which are downloaded once')
    .option(
      '--weights <file>',
      'fine-tune the weights in this file, such as a model.safetensors, or at this URL',
    )
    .option('--size <pixels>', 'side of the square to which images are resized', integer(8), 128)
    .option('--bs <n>', 'batch size', integer(2), 64)
    .option(
      '--valid <fraction>',
      'fraction for validation if there is no validation folder',
      within(0.01, 0.9),
      0.2,
    )
    .option('--seed <n>', 'random seed', integer(0), 42);
}

/** The options that {@link pictures} adds. */
export interface PicturesOptions {
  arch?: ArchName;
  pretrained?: boolean;
  weights?: string;
  size: number;
  bs: number;
  valid: number;
  seed: number;
}

/** Returns a parser of integers from `min`, up to `max` if there is one. */
function integer(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    const range = max === Number.POSITIVE_INFINITY ? `≥ ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be an integer ${range}.`);
  };
}

/** Returns a parser of numbers from `min` to `max`. */
function within(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}

function figureFile(path: string): string {
  if (/\.(png|svg)$/.test(path)) return path;
  throw new InvalidArgumentError('It must end in .png or .svg.');
}

/** Prints an error on standard error: the message of a usage error, or all details of a defect. */
export function reportError(error: unknown): void {
  console.error(error instanceof FasttsError ? `fastts: ${error.message}` : error);
  process.exitCode = 1;
}
