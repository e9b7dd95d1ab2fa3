import {
  type Arch,
  type Module,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  xresnet18,
  xresnet34,
  xresnet50,
  xresnet101,
  xresnet152,
} from '../index.js';

const resnets = { resnet18, resnet34, resnet50, resnet101, resnet152 };
const xresnets = { xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 };

/** The architectures that the command supports, by name. */
export const architectures: Readonly<Record<ArchName, Arch>> = { ...resnets, ...xresnets };

/** The name of a supported architecture. */
export type ArchName = keyof typeof resnets | keyof typeof xresnets;

/** A newly initialized model with `nOut` outputs. */
export function untrained(name: ArchName, nOut: number): Module {
  return name in resnets
    ? resnets[name as keyof typeof resnets]({ numClasses: nOut })
    : xresnets[name as keyof typeof xresnets]({ nOut });
}
