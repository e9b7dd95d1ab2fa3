import type { Figure } from './figure.js';
import { drawLines } from './plotLines.js';
import { figureOf } from './svg.js';

/**
 * How numbers change from step to step, each on axes of its own, side by side.
 *
 * @param courses the values at each step, by name
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
