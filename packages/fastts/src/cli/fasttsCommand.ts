import { Command, Option } from 'commander';
import { version } from '../version.js';
import { type ArchName, architectures } from './architectures.js';
import { wholeNumber, within } from './numberArguments.js';

/** The command `fastts`, with what each of its commands takes; what they do is loaded when one is run. */
export function fasttsCommand(): Command {
  const program = new Command('fastts')
    .description("Trains classifiers of pictures, and uses them: fastai's way, in TypeScript.")
    .version(version, '--version')
    .showHelpAfterError('(fastts --help lists what there is)');

  program
    .command('doctor')
    .description('says which engine computes here, and why others do not')
    .action(async () => (await import('./doctor.js')).doctor());

  pictures(program.command('train'))
    .description('trains a classifier on a folder of pictures that has a folder for each class')
    .option('--epochs <n>', 'passes over the training pictures', wholeNumber(1), 5)
    .option(
      '--lr <rate>',
      'highest learning rate (default: 0.003, or 0.002 for a pretrained network)',
      within(1e-10, 100),
    )
    .option('--out <folder>', 'where model.safetensors and report.html go', '.')
    .action(async (folder, options) => (await import('./train.js')).train(folder, options));

  program
    .command('predict')
    .description('says what a model that `fastts train` or learn.export wrote sees in pictures')
    .argument('<model>', 'the .safetensors file')
    .argument('<files...>', 'pictures, or folders of them')
    .option('--top <n>', 'how many classes to name for each', wholeNumber(1), 3)
    .option('--json', 'write one JSON object a line')
    .action(async (model, files, options) => (await import('./predict.js')).predict(model, files, options));

  pictures(program.command('lr-find'))
    .description('suggests a learning rate for `fastts train`')
    .option('--plot <file>', 'where the curve goes, .png or .svg', 'lr-find.png')
    .action(async (folder, options) => (await import('./lrFind.js')).lrFind(folder, options));

  return program;
}

/** What all commands take that train. */
function pictures(command: Command): Command {
  return command
    .argument('<folder>', 'train/<class>/… with valid, val or test beside it, or just <class>/…')
    .addOption(
      new Option('--arch <name>', 'the network (default: xresnet18, or resnet34 if pretrained)').choices(
        Object.keys(architectures),
      ),
    )
    .option(
      '--pretrained',
      'begin with weights trained on ImageNet, which are fetched once, and fine-tune them',
    )
    .option(
      '--weights <file>',
      'begin with the weights in this file, such as a model.safetensors, or at this address, and fine-tune them',
    )
    .option('--size <pixels>', 'side of the square that pictures are brought to', wholeNumber(8), 128)
    .option('--bs <n>', 'pictures a batch', wholeNumber(2), 64)
    .option('--valid <share>', 'share kept for validation where no folder is', within(0.01, 0.9), 0.2)
    .option('--seed <n>', 'what all that is random starts from', wholeNumber(0), 42);
}

/** What {@link pictures} gives to a command. */
export interface PicturesOptions {
  arch?: ArchName;
  pretrained?: boolean;
  weights?: string;
  size: number;
  bs: number;
  valid: number;
  seed: number;
}
