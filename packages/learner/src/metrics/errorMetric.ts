import { withName } from '@fastts/core';
import type { MetricFunction } from './avgMetric.js';

/** Names a metric of which smaller values are better. */
export function errorMetric<F extends MetricFunction>(name: string, func: F): F & { readonly comp: 'less' } {
  return Object.assign(withName(name, func), { comp: 'less' as const });
}
