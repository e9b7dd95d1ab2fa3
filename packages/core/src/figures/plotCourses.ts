import type { Figure } from './figure.js';
import { drawLines } from './plotLines.js';
import { figureOf } from './svg.js';

/**
 * Plots how values change from step to step, each on its own axes, side by side.
 *
 * @param courses The values at each step, by name.
 * @example
 * plotCourses({ lr: [0.01, 0.03, 0.01], mom: [0.95, 0.85, 0.95] });
 */
export function plotCourses(courses: Readonly<Record<string, readonly number[]>>): Figure {
  const drawings = Object.entries(courses).map(([name, values]) =>
    drawLines([{ name, points: values.map((y, x) => ({ x, y })) }], {
      xLabel: 'steps',
      yLabel: name,
      width: 280,
      height: 200,
    }),
  );
  return figureOf(...drawings);
}
