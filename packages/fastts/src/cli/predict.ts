import { statSync } from 'node:fs';
import { CategoryBlock, FasttsError, getImageFiles, type Label, loadLearner } from '../index.js';

/** Options of `fastts predict`. */
export interface PredictOptions {
  /** Number of classes to print per image. */
  top: number;
  json?: boolean;
}

/**
 * Prints one line per image: its path and the most probable classes. An image that cannot be read is reported on standard
 * error, and makes the exit code non-zero.
 */
export async function predict(
  model: string,
  files: readonly string[],
  { top, json = false }: PredictOptions,
): Promise<void> {
  const learn = await loadLearner(model, { target: CategoryBlock() });
  const paths = files.flatMap((file) => (isFolder(file) ? getImageFiles(file) : [file]));
  const width = Math.max(...paths.map((path) => path.length));
  for (const path of paths) {
    try {
      const [, , probabilities] = await learn.predict(path);
      const classes = mostProbable(probabilities, learn.dls.vocab, top);
      console.log(json ? JSON.stringify({ path, classes }) : `${path.padEnd(width)}  ${describe(classes)}`);
    } catch (error) {
      if (!(error instanceof FasttsError)) throw error;
      console.error(`fastts: ${error.message}`);
      process.exitCode = 1;
    }
  }
}

/** A class and its probability. */
interface ClassProbability {
  label: Label;
  probability: number;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function mostProbable(
  probabilities: readonly number[],
  vocab: readonly Label[],
  top: number,
): ClassProbability[] {
  return probabilities
    .map((probability, i) => ({ label: vocab[i]!, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
}

function describe(classes: readonly ClassProbability[]): string {
  return classes.map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)}%`).join('  ');
}
