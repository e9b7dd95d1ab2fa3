import { accuracy, expectedCalibrationError, type Learner, log, overconfidence, type tf } from 'fastts';
import { statistics } from '../statistics.js';

/** What a model is worth on the validation set. */
export interface Score {
  accuracy: number;
  /** With test-time augmentation. */
  accuracyTta: number;
  /** Mean confidence minus accuracy. */
  overconfidence: number;
  /** Expected calibration error. */
  calibrationError: number;
}

/** A row of the final table. */
export interface Row extends Score {
  /** The name of its section. */
  section: string;
  technique: string;
  seed: number;
  epochs: number;
  /** Of training and validation, also before an interruption. */
  seconds: number;
}

/** Predictions and targets of the validation set. */
export type Predicted = [preds: tf.Tensor, targs: tf.Tensor];

/** Scores a model on the validation set; the predictions belong to the caller. */
export async function score(learn: Learner): Promise<Score & { predicted: Predicted }> {
  const predicted = await learn.getPreds();
  const [ttaPreds, ttaTargs] = await learn.tta();
  const scores = {
    accuracy: await read(accuracy(...predicted)),
    accuracyTta: await read(accuracy(ttaPreds, ttaTargs)),
    overconfidence: await overconfidence(...predicted),
    calibrationError: await expectedCalibrationError(...predicted),
  };
  ttaPreds.dispose();
  ttaTargs.dispose();
  return { ...scores, predicted };
}

async function read(scalar: tf.Tensor): Promise<number> {
  const [value] = await scalar.data();
  scalar.dispose();
  return value!;
}

const columns = [
  { title: 'epochs', width: 8, digits: 0, of: (row: Row) => row.epochs },
  { title: 'seconds', width: 9, digits: 0, of: (row: Row) => row.seconds },
  { title: 'accuracy', width: 17, digits: 4, of: (row: Row) => row.accuracy },
  { title: 'with TTA', width: 17, digits: 4, of: (row: Row) => row.accuracyTta },
  { title: 'overconfidence', width: 17, digits: 4, of: (row: Row) => row.overconfidence },
  { title: 'calibration error', width: 19, digits: 4, of: (row: Row) => row.calibrationError },
];

/** Prints one line per technique; with several seeds, means and standard deviations. */
export function printTable(rows: readonly Row[]): void {
  log(['technique'.padEnd(24), ...columns.map(({ title, width }) => title.padStart(width))].join(''));
  for (const [technique, own] of byTechnique(rows)) {
    const cells = columns.map(({ width, digits, of }) => summary(own.map(of), digits).padStart(width));
    log([technique.padEnd(24), ...cells].join(''));
  }
}

/** The mean; with several values of fractions, the standard deviation, too. */
function summary(values: readonly number[], digits: number): string {
  const { mean, deviation } = statistics(values);
  const text = mean.toFixed(digits);
  return values.length < 2 || digits === 0 ? text : `${text} ± ${deviation.toFixed(3)}`;
}

function byTechnique(rows: readonly Row[]): Map<string, Row[]> {
  const names = new Set(rows.map(({ technique }) => technique));
  return new Map([...names].map((name) => [name, rows.filter(({ technique }) => technique === name)]));
}
