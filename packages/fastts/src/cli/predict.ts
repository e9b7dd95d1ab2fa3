import { statSync } from 'node:fs';
import { FasttsError, getImageFiles, loadLearner } from '../index.js';

/** What `fastts predict` takes. */
export interface PredictOptions {
  /** How many classes to name. */
  top: number;
  json?: boolean;
}

/**
 * Writes a line for each picture: its path, and the most probable classes. A picture that cannot be read is named on
 * the standard error stream, and makes the command fail in the end.
 */
export async function predict(
  model: string,
  files: readonly string[],
  { top, json = false }: PredictOptions,
): Promise<void> {
  const learn = await loadLearner(model);
  const paths = files.flatMap((file) => (isFolder(file) ? getImageFiles(file) : [file]));
  const width = Math.max(...paths.map((path) => path.length));
  for (const path of paths) {
    try {
      const [, , probabilities] = await learn.predict(path);
      const classes = mostProbable(probabilities, learn.dls.vocab, top);
      console.log(json ? JSON.stringify({ path, classes }) : `${path.padEnd(width)}  ${inWords(classes)}`);
    } catch (error) {
      if (!(error instanceof FasttsError)) throw error;
      console.error(`fastts: ${error.message}`);
      process.exitCode = 1;
    }
  }
}

/** A class, and how probable it is. */
interface ClassProbability {
  label: string;
  probability: number;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function mostProbable(
  probabilities: readonly number[],
  vocab: readonly string[],
  top: number,
): ClassProbability[] {
  return probabilities
    .map((probability, i) => ({ label: vocab[i]!, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
}

function inWords(classes: readonly ClassProbability[]): string {
  return classes.map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)}%`).join('  ');
}
