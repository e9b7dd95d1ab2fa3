import { countLabels, type LabelCounts, share } from '../metrics/classification/labelScore.js';
import { mean } from '../metrics/weightedMean.js';

/**
 * Precision, recall, F1 and number of items per class, with averages, as a text table.
 *
 * Source: scikit-learn `classification_report`.
 *
 * @param names The class names, by class index.
 */
export function classificationReport(
  preds: ArrayLike<number>,
  targs: ArrayLike<number>,
  names: readonly string[],
): string {
  const counts = countLabels(preds, targs);
  const scores = names.map((_, label) => scoresOf(counts.get(label)));
  const support = scores.reduce((sum, row) => sum + row.support, 0);
  const right = [...counts.values()].reduce((sum, { both }) => sum + both, 0);
  const average = (weights?: number[]) =>
    columns.map((name) =>
      mean(
        scores.map((row) => row[name]),
        weights,
      ).toFixed(2),
    );
  const width = Math.max(...names.map((name) => name.length), 'weighted avg'.length);
  const row = (name: string, cells: readonly (string | number)[]) =>
    `${name.padStart(width)} ${cells.map((cell) => ` ${String(cell).padStart(9)}`).join('')}`;
  return [
    row('', [...columns, 'support']),
    '',
    ...names.map((name, i) =>
      row(name, [...columns.map((column) => scores[i]![column].toFixed(2)), scores[i]!.support]),
    ),
    '',
    row('accuracy', ['', '', share(right, support).toFixed(2), support]),
    row('macro avg', [...average(), support]),
    row('weighted avg', [...average(scores.map((score) => score.support)), support]),
    '',
  ].join('\n');
}

const columns = ['precision', 'recall', 'f1-score'] as const;

function scoresOf({ predicted, actual, both }: LabelCounts = { predicted: 0, actual: 0, both: 0 }) {
  return {
    precision: share(both, predicted),
    recall: share(both, actual),
    'f1-score': share(2 * both, predicted + actual),
    support: actual,
  };
}
