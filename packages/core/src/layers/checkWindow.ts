import { type Size, toSize } from '../size.js';

/** Settings of a layer's window; those that are undefined are not checked. */
interface WindowSettings {
  kernelSize?: Size;
  size?: Size;
  stride?: Size;
  padding?: Size;
  outputPadding?: Size;
  dilation?: Size;
}

/**
 * Checks the settings of a layer's window when the layer is created, rather than when it is first used.
 *
 * @throws ArgumentError when one is not an integer or a pair of them, or too small.
 */
export function checkWindow({ padding, outputPadding, ...others }: WindowSettings): void {
  const withZero = { padding, outputPadding };
  for (const [name, size] of Object.entries(others)) if (size !== undefined) toSize(size, { name });
  for (const [name, size] of Object.entries(withZero)) if (size !== undefined) toSize(size, { name, min: 0 });
}
