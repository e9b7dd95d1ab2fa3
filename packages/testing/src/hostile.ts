import fc from 'fast-check';

/** A change of a file's bytes, at a place that is a fraction of its length. */
export type Edit = readonly [at: number, change: 'set' | 'insert' | 'cut' | 'copy', value: number];

/** A few changes of a file's bytes. */
export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom('set' as const, 'set' as const, 'insert' as const, 'cut' as const, 'copy' as const),
    fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
  ),
  { minLength: 1, maxLength: 8 },
);

/** The bytes after these changes. */
export function edited(bytes: Uint8Array, changes: readonly Edit[]): Uint8Array {
  let now = Uint8Array.from(bytes);
  for (const [at, change, value] of changes) {
    const place = Math.min(Math.floor(at * now.length), Math.max(now.length - 1, 0));
    const rest = now.subarray(change === 'cut' ? place + value : place);
    if (change === 'set') now[place] = value;
    else {
      const added =
        change === 'insert' ? [value] : change === 'copy' ? now.subarray(place, place + value) : [];
      now = Uint8Array.from([...now.subarray(0, place), ...added, ...rest]);
    }
  }
  return now;
}

const texts = [
  ...[
    '',
    'a',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'length',
    '../../etc/passwd',
    '/dev/zero',
  ],
  ...[
    'http://localhost:1/',
    'file:///etc/passwd',
    '\u0000',
    '\u001b[2J',
    '\ud800',
    'batch',
    'Infinity',
    'F32',
    '$new',
  ],
  'x'.repeat(1000),
];
const numbers = [
  0,
  -0,
  -1,
  1,
  1.5,
  3,
  255,
  8193,
  1e5,
  1e6,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e20,
  1e308,
  1e-308,
];

/** Any JSON value, with a preference for those that programs handle badly. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    { arbitrary: fc.constantFrom(...numbers), weight: 3 },
    { arbitrary: fc.constantFrom(...texts), weight: 2 },
    { arbitrary: fc.constantFrom(null, true, false), weight: 1 },
    { arbitrary: fc.array(tie('value'), { maxLength: 4 }), weight: 1 },
    {
      arbitrary: fc.array(fc.tuple(fc.constantFrom(...texts), tie('value')), { maxLength: 3 }).map(objectOf),
      weight: 1,
    },
  ),
})).value;

/** A change of a JSON value: which of its parts, and what takes its place; `undefined` removes it. */
export type Replacement = readonly [part: number, value: unknown];

/** A few changes of a JSON value, with parts from `values`. */
export const replacements = (values: fc.Arbitrary<unknown> = hostileJson): fc.Arbitrary<Replacement[]> =>
  fc.array(fc.tuple(fc.nat(10_000), fc.option(values, { nil: undefined, freq: 8 })), {
    minLength: 1,
    maxLength: 3,
  });

/** The JSON value after these changes. */
export function replaced(json: unknown, changes: readonly Replacement[]): unknown {
  let now = json;
  for (const [part, value] of changes) {
    const count = partsOf(now);
    now = replacePart(now, part % count, value);
  }
  return now;
}

/** An object with these entries, also under the name `__proto__`. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}

function partsOf(json: unknown): number {
  return 1 + childrenOf(json).reduce((sum, [, child]) => sum + partsOf(child), 0);
}

/** The value with part `index`, counted in depth-first order, replaced. */
function replacePart(json: unknown, index: number, value: unknown): unknown {
  if (index === 0) return value;
  let left = index - 1;
  const entries: [string, unknown][] = [];
  for (const [name, child] of childrenOf(json)) {
    const count = partsOf(child);
    const now = left >= 0 && left < count ? replacePart(child, left, value) : child;
    left -= count;
    if (now !== undefined) entries.push([name, now]);
  }
  return Array.isArray(json) ? entries.map(([, child]) => child) : objectOf(entries);
}

function childrenOf(json: unknown): [string, unknown][] {
  return typeof json === 'object' && json !== null ? Object.entries(json) : [];
}
