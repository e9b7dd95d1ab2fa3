import { log } from 'fastts';
import { statistics } from '../statistics.js';
import type { Row, Scores } from './scores.js';

/** Prints the rows of all seeds: means, deviations, and the gain in accuracy over the baseline of the same seed. */
export function printTable(runs: readonly (readonly Row[])[]): void {
  const isDrawn = runs.some((rows) => rows.some(({ test }) => test));
  const set = isDrawn ? 'test' : 'valid';
  log(
    `\nScores on ${isDrawn ? 'the test pictures, by their right labels' : 'the first fold (folds: out of fold)'}` +
      `${runs.length > 1 ? `; mean and standard deviation over ${runs.length} seeds` : ''}`,
  );
  const head = ['step', 'seconds', 'accuracy', 'gain', 'balanced', 'overconfidence'];
  const lines = runs[0]!.map(({ step }, i) => {
    const rows = runs.map((run) => run[i]!);
    const of = (key: keyof Scores) => rows.map((row) => row[set]?.[key] ?? Number.NaN);
    const gains = rows.map(
      (row, r) => (row[set]?.accuracy ?? Number.NaN) - (runs[r]![0]![set]?.accuracy ?? Number.NaN),
    );
    return [
      step,
      seconds(rows.map((row) => row.seconds ?? Number.NaN)),
      summary(of('accuracy')),
      runs[0]![0]!.step === 'baseline' && i > 0 ? summary(gains, true) : '',
      summary(of('balanced')),
      summary(of('overconfidence'), true),
    ];
  });
  for (const line of [head, ...lines]) {
    log(line.map((cell, i) => (i === 0 ? cell.padEnd(34) : cell.padStart(i === 1 ? 8 : 18))).join(''));
  }
}

function seconds(values: readonly number[]): string {
  const { mean } = statistics(values);
  return Number.isNaN(mean) ? '' : mean.toFixed(0);
}

function summary(values: readonly number[], signed = false): string {
  const { mean, deviation } = statistics(values);
  if (Number.isNaN(mean)) return '';
  const text = `${signed && mean >= 0 ? '+' : ''}${mean.toFixed(3)}`;
  return values.length > 1 ? `${text} ± ${deviation.toFixed(3)}` : text;
}
