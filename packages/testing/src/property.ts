import fc from 'fast-check';

/** The first seed and how many: one, or those that `npm run test:properties` asks for. */
const [first, count] = (process.env.FASTTS_PROPERTY_SEEDS ?? '0,1').split(',').map(Number) as [
  number,
  number,
];
const seeds = Array.from({ length: count }, (_, i) => first + i);

type Arbitraries<Ts> = { [K in keyof Ts]: fc.Arbitrary<Ts[K]> };

/**
 * A test that `check` passes for whatever the arbitraries draw. Here it draws the same in each run; `npm run test:properties`
 * makes it draw by 1,000 other seeds.
 *
 * @param options.numRuns How many draws per seed. Default: 100.
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
