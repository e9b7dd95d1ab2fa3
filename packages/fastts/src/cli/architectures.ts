import { xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 } from '../index.js';

/** The networks that the command knows by name. */
export const architectures = { xresnet18, xresnet34, xresnet50, xresnet101, xresnet152 };
