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

/** The networks that the command knows, by their names. */
export const architectures: Readonly<Record<ArchName, Arch>> = { ...resnets, ...xresnets };

/** The name of a network that the command knows. */
export type ArchName = keyof typeof resnets | keyof typeof xresnets;

/** A network that gives `nOut` numbers, as it begins from scratch. */
export function untrained(name: ArchName, nOut: number): Module {
  return name in resnets
    ? resnets[name as keyof typeof resnets]({ numClasses: nOut })
    : xresnets[name as keyof typeof xresnets]({ nOut });
}
