import { ArgumentError } from '../errors.js';

/** Throws an ArgumentError unless a convolution's channels can be divided into its groups. */
export function checkGroups(inChannels: number, outChannels: number, groups: number): void {
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new ArgumentError(
    `${inChannels} input and ${outChannels} output channels cannot both be divided into ${groups} groups.`,
  );
}
