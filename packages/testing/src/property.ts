import fc from 'fast-check';

/** The first seed and the number of seeds: one seed, or those that `npm run test:properties` sets. */
const [first, count] = (process.env.FASTTS_PROPERTY_SEEDS ?? '0,1').split(',').map(Number) as [
  number,
  number,
];
const seeds = Array.from({ length: count }, (_, i) => first + i);

type Arbitraries<Ts> = { [K in keyof Ts]: fc.Arbitrary<Ts[K]> };

/**
 * A test that `check` holds for any values drawn from the arbitraries. The draws are the same in each run; `npm run
 * test:properties` repeats it with 1,000 other seeds.
 *
 * @param options.numRuns The number of draws per seed (default: 100).
 */
export function testProperty<Ts extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: Arbitraries<Ts>,
  check: (...drawn: Ts) => void | Promise<void>,
  { numRuns = 100 }: { numRuns?: number } = {},
): void {
  test.each(seeds)(`${name}, by seed %i`, (seed) =>
    fc.assert(
      fc.asyncProperty<Ts>(...arbitraries, async (...drawn) => check(...drawn)),
      { seed, numRuns },
    ),
  );
}
