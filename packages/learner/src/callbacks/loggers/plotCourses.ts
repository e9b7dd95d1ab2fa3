import { Figure } from '@fastts/core';

/**
 * A picture of the course of numbers over the batches, side by side.
 *
 * @param courses the values at each batch, by name
 */
export function plotCourses(courses: Readonly<Record<string, readonly number[]>>): Figure {
  return new Figure({
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    hconcat: Object.entries(courses).map(([name, values]) => ({
      width: 280,
      height: 200,
      data: { values: values.map((value, batch) => ({ batch, value })) },
      mark: { type: 'line', strokeWidth: 2 },
      encoding: {
        x: { field: 'batch', type: 'quantitative', title: 'steps', axis: { grid: false } },
        y: { field: 'value', type: 'quantitative', title: name, scale: { zero: false } },
      },
    })),
  });
}
