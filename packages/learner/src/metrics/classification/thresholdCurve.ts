/** True and false positives at each threshold: the items at or above it. */
export interface ThresholdCurve {
  truePositives: number[];
  falsePositives: number[];
}

/**
 * True and false positives with each distinct score as threshold, from the highest to the lowest.
 *
 * @param truth 1 for items of the class, 0 for others.
 */
export function thresholdCurve(
  scores: readonly number[],
  truth: readonly number[],
  sampleWeight?: readonly number[],
): ThresholdCurve {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  const curve: ThresholdCurve = { truePositives: [], falsePositives: [] };
  let [found, wrong] = [0, 0];
  for (const [place, i] of order.entries()) {
    const weight = sampleWeight?.[i] ?? 1;
    if (truth[i]) found += weight;
    else wrong += weight;
    const next = order[place + 1];
    if (next !== undefined && scores[next] === scores[i]) continue;
    curve.truePositives.push(found);
    curve.falsePositives.push(wrong);
  }
  return curve;
}
