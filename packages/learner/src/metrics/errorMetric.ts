import { withName } from '@fastts/core';
import type { MetricFunction } from './avgMetric.js';

/** Gives a metric a name, and marks smaller values as better. */
export function errorMetric<F extends MetricFunction>(name: string, func: F): F & { readonly comp: 'less' } {
  return Object.assign(withName(name, func), { comp: 'less' as const });
}
