import { FileFormatError } from '../errors.js';
import type { FileBudget } from '../files/fileBudget.js';

/**
 * Limits on what a file's description may make.
 *
 * @internal
 */
export interface BuildLimits {
  /** Counts what is made. */
  budget: FileBudget;
  /** Largest side of an image that a transform may make, and of a layer's window or padding, in pixels. */
  maxImageSide: number;
}

/** A parameter or a buffer. */
interface Disposable {
  dispose(): void;
}

/** What a module, a parameter or a buffer takes in memory beside its values, roughly. */
const PART_BYTES = 512;

/** How many outputs of modules are in memory at once while shapes are inferred. */
const OUTPUTS_AT_ONCE = 4;

/** Multiplications, and bytes of all outputs together, while shapes are inferred, per byte that may be taken. */
const PER_BYTE = { products: 128, outputs: 16 };

/**
 * Bounds what is made while a file's description is followed: a short one, such as `Linear(40000, 40000)`, can describe far
 * more than the file has tensors for. It is counted before it is allocated. Weights that are read meanwhile are zeros, since
 * the file's replace them.
 *
 * @internal
 */
export class BuildBudget {
  private readonly made: Disposable[] = [];
  private products = 0;
  private outputs = 0;

  constructor(private readonly limits: BuildLimits) {}

  /** Counts a module. */
  module(): void {
    this.limits.budget.spend(PART_BYTES);
  }

  /** Counts a parameter or a buffer of this shape, although its values are computed later. */
  state(made: Disposable, shape: readonly number[]): void {
    this.made.push(made);
    this.limits.budget.spend(PART_BYTES + bytesOf(shape));
  }

  /** Counts the values of a parameter or a buffer, which are read. */
  values(shape: readonly number[]): void {
    this.limits.budget.spend(bytesOf(shape));
  }

  /**
   * Counts an output of a module that may be larger than its input.
   *
   * @param products Number of multiplications per element (default 1).
   */
  output(shape: readonly number[], products = 1): void {
    const { budget } = this.limits;
    const bytes = bytesOf(shape);
    this.outputs += bytes;
    this.products += (bytes / 4) * products;
    budget.check(bytes * OUTPUTS_AT_ONCE);
    budget.check(this.outputs / PER_BYTE.outputs);
    budget.check(this.products / PER_BYTE.products);
  }

  /** Checks the sides of an image, a window or a padding. */
  sides(sides: readonly number[]): void {
    const { maxImageSide } = this.limits;
    if (sides.every((side) => side <= maxImageSide)) return;
    throw new FileFormatError(
      `The file has the size [${sides}], but a side may have ${maxImageSide} pixels: if you trust the file, raise the limit by the option maxImageSide.`,
    );
  }

  /** Frees the memory of all parameters and buffers. */
  disposeAll(): void {
    for (const member of this.made) member.dispose();
  }
}

let current: BuildBudget | null = null;

/**
 * The budget of the description that is being followed; `null` if none is.
 *
 * @internal
 */
export function buildBudget(): BuildBudget | null {
  return current;
}

/**
 * Runs synchronous `work`, whose modules and transforms are counted against `budget`. If it throws, they are disposed of.
 *
 * @internal
 */
export function withBuildBudget<T>(budget: BuildBudget, work: () => T): T {
  const before = current;
  current = budget;
  try {
    return work();
  } catch (error) {
    budget.disposeAll();
    throw error;
  } finally {
    current = before;
  }
}

/** What a tensor's values take; the shape may follow from any arguments in a file. */
function bytesOf(shape: readonly number[]): number {
  if (shape.every((side) => Number.isSafeInteger(side) && side >= 0)) {
    return 4 * shape.reduce((product, side) => product * side, 1);
  }
  throw new FileFormatError(`The file describes a tensor of the shape [${shape}], which is not a shape.`);
}
