/** PyTorch's limit, which no tensor in practice comes near. */
const MOST_AXES = 64;

/** The number of elements of a shape that a file gives; `undefined` if it is not a shape whose elements can be counted. */
export function shapeElements(shape: unknown): number | undefined {
  if (!isShape(shape)) return undefined;
  // An empty tensor's other sides must be countable too: their product with 0 would otherwise be NaN.
  const whole = shape.reduce((product, side) => product * (side || 1), 1);
  if (!Number.isSafeInteger(whole)) return undefined;
  return shape.includes(0) ? 0 : whole;
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MOST_AXES && value.every(isCount);
}

/**
 * Whether a value from a file is an integer ≥ 0 that is represented exactly.
 *
 * @internal
 */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
