import { statistics } from '../statistics.js';
import type { Row, Score } from './results.js';

/** A technique, what it is compared with, and the measure that the chapter praises it for. */
interface Comparison {
  title: string;
  section: string;
  other: string;
  measure: keyof Score;
  note?: string;
}

const comparisons: readonly Comparison[] = [
  { title: 'normalization', section: 'normalization', other: 'baseline', measure: 'accuracy' },
  {
    title: 'progressive resizing',
    section: 'progressiveResizing',
    other: 'normalization',
    measure: 'accuracy',
  },
  {
    title: 'ProgressiveResize',
    section: 'progressiveResizeCallback',
    other: 'normalization',
    measure: 'accuracy',
  },
  {
    title: 'mixup',
    section: 'mixup',
    other: 'normalization',
    measure: 'overconfidence',
    note: 'It is harder to train on mixes: with fewer than some 80 epochs expect less accuracy.',
  },
  {
    title: 'label smoothing',
    section: 'labelSmoothing',
    other: 'normalization',
    measure: 'overconfidence',
    note: 'It, too, gains accuracy only in many epochs, when models become too sure.',
  },
];

/** One line per technique: its measure with and without it, as means over the seeds. */
export function findings(rows: readonly Row[]): string[] {
  const lines = comparisons.flatMap(({ title, section, other, measure, note }) => {
    const [own, theirs] = [section, other].map((name) => rows.filter((row) => row.section === name));
    if (own!.length === 0 || theirs!.length === 0) return [];
    const change = difference(meanOf(theirs!, measure), meanOf(own!, measure));
    const seconds = [theirs!, own!].map((some) => `${meanOf(some, 'seconds').toFixed(0)} s`).join(' and ');
    return `${title.padEnd(24)}${measure} ${change}, in ${seconds}.${note ? ` ${note}` : ''}`;
  });
  if (rows.length === 0) return lines;
  const tta = difference(meanOf(rows, 'accuracy'), meanOf(rows, 'accuracyTta'));
  return [...lines, `${'test-time augmentation'.padEnd(24)}accuracy ${tta}, the mean of all models.`];
}

function meanOf(rows: readonly Row[], column: keyof Score | 'seconds'): number {
  return statistics(rows.map((row) => row[column])).mean;
}

function difference(from: number, to: number): string {
  const sign = to < from ? '−' : '+';
  return `${from.toFixed(3)} → ${to.toFixed(3)} (${sign}${Math.abs(to - from).toFixed(3)})`;
}
