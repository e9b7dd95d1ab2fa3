/**
 * How often each class was predicted as each: rows are the true classes, columns the predicted ones.
 *
 * @param preds class numbers
 * @param targs class numbers, as many
 * @param options.labels the classes, in the order of rows and columns; items of others are left out (default all that
 * occur, ascending)
 * @param options.sampleWeight how much each item counts (default 1)
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
