/**
 * The confusion matrix: rows are the true classes, columns the predicted ones.
 *
 * @param preds Class indices.
 * @param targs Class indices, one per prediction.
 * @param options.labels The classes, in the order of rows and columns; items of other classes are ignored (default: all
 *   that occur, ascending).
 * @param options.sampleWeight Weight of each item (default 1).
 */
export function confusionMatrix(
  preds: ArrayLike<number>,
  targs: ArrayLike<number>,
  {
    labels = labelsIn(preds, targs),
    sampleWeight,
  }: { labels?: readonly number[]; sampleWeight?: readonly number[] } = {},
): number[][] {
  const place = new Map(labels.map((label, i) => [label, i]));
  const matrix = labels.map(() => labels.map(() => 0));
  for (let i = 0; i < targs.length; i++) {
    const [row, column] = [place.get(targs[i]!), place.get(preds[i]!)];
    if (row !== undefined && column !== undefined) matrix[row]![column]! += sampleWeight?.[i] ?? 1;
  }
  return matrix;
}

function labelsIn(...numbers: readonly ArrayLike<number>[]): number[] {
  const labels = new Set<number>();
  for (const some of numbers) for (let i = 0; i < some.length; i++) labels.add(some[i]!);
  return [...labels].sort((a, b) => a - b);
}
