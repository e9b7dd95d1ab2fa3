import { checkInteger } from '../checkNumber.js';
import { ArgumentError } from '../errors.js';

/** Throws an ArgumentError unless a convolution's channels are counts that can be divided into its groups. */
export function checkGroups(inChannels: number, outChannels: number, groups: number): void {
  for (const [name, count] of Object.entries({ inChannels, outChannels, groups })) {
    checkInteger(name, count, { min: 1 });
  }
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new ArgumentError(
    `${inChannels} input and ${outChannels} output channels cannot both be divided into ${groups} groups.`,
  );
}
