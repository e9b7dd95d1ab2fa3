import { FileFormatError } from '../errors.js';
import type { FileBudget } from '../files/fileBudget.js';

/** A parameter or a buffer. */
interface Disposable {
  dispose(): void;
}

/** The file whose description is followed. */
export interface BuildOptions {
  /** Total number of elements of the tensors in the file. */
  elements: number;
  /** Number of tensors in the file. */
  tensors: number;
  /** Length of the description, in characters. */
  length: number;
  /** What outputs of modules may take while shapes are inferred from them. */
  budget: FileBudget;
  /** Largest side of an image that a transform may make, in pixels. */
  maxImageSide: number;
}

/**
 * Parts of a model that are made and dropped again, such as an architecture's own head: so many times the elements in the
 * file and so many more.
 */
const DROPPED = { factor: 2, elements: 2 ** 24 };

/** Modules, parameters and buffers per tensor of the file and per character of the description, and so many more. */
const PARTS = { perTensor: 16, perCharacter: 1 / 4, always: 8192 };

/**
 * Outputs of modules while shapes are inferred: how many are in memory at once, and how much all of them together may take,
 * as a multiple of the limit for those at once.
 */
const OUTPUTS = { atOnce: 4, inAll: 16 };

/** Weights that are read while shapes are inferred, beside those in the file. */
const READ = 2 ** 16;

/** Multiplications while shapes are inferred: so many per element of the file, and so many more. */
const PRODUCTS = { perElement: 2 ** 14, always: 2 ** 35 };

/**
 * Bounds what is made while a file's description is followed: a short description, such as `Linear(40000, 40000)`, can
 * describe far more than a file has tensors for. Weights that are read meanwhile are zeros, since the file's replace them.
 */
export class BuildBudget {
  private elements: number;
  private parts: number;
  private read: number;
  private products: number;
  private outputs = 0;
  private readonly made: Disposable[] = [];

  constructor(private readonly options: BuildOptions) {
    const { elements, tensors, length } = options;
    this.elements = DROPPED.factor * elements + DROPPED.elements;
    this.read = elements + READ;
    this.products = PRODUCTS.perElement * elements + PRODUCTS.always;
    this.parts = PARTS.perTensor * tensors + PARTS.perCharacter * length + PARTS.always;
  }

  /** Counts a module. */
  module(): void {
    this.parts--;
    if (this.parts >= 0) return;
    throw new FileFormatError(
      `The model that the file describes has far more layers than the ${this.options.tensors} tensors in the file.`,
    );
  }

  /** Counts a parameter or a buffer of this shape. */
  state(made: Disposable, shape: readonly number[]): void {
    this.module();
    this.made.push(made);
    this.elements -= sizeOf(shape);
    if (this.elements < 0) throw this.tooManyWeights(shape);
  }

  /** Counts a parameter or a buffer whose values are read. */
  values(shape: readonly number[]): void {
    this.read -= sizeOf(shape);
    if (this.read < 0) throw this.tooManyWeights(shape);
  }

  /**
   * Counts an output of a module that may be larger than its input.
   *
   * @param products Number of multiplications per element (default 1).
   */
  output(shape: readonly number[], products = 1): void {
    const size = sizeOf(shape);
    const bytes = 4 * size;
    this.outputs += bytes;
    this.options.budget.check(Math.max(bytes * OUTPUTS.atOnce, this.outputs / OUTPUTS.inAll));
    this.products -= size * products;
    if (this.products < 0) {
      throw new FileFormatError(
        'The model that the file describes needs a far longer computation than models of its size.',
      );
    }
  }

  /** Frees the memory of all parameters and buffers. */
  disposeAll(): void {
    for (const member of this.made) member.dispose();
  }

  /** Checks the sides of an image, a window or a padding. */
  sides(sides: readonly number[]): void {
    const { maxImageSide } = this.options;
    if (sides.every((side) => side <= maxImageSide)) return;
    throw new FileFormatError(
      `The file has the size [${sides}], but images from files may have ${maxImageSide} pixels a side: if you trust the file, raise the limit by the option maxImageSide.`,
    );
  }

  private tooManyWeights(shape: readonly number[]): FileFormatError {
    return new FileFormatError(
      `The model that the file describes has far more weights than the ${this.options.elements} in the file, such as a tensor [${shape}].`,
    );
  }
}

let current: BuildBudget | null = null;

/** The budget of the description that is being followed; `null` if none is. */
export function buildBudget(): BuildBudget | null {
  return current;
}

/** Runs synchronous `work`, whose modules and transforms are counted against `budget`. If it throws, they are disposed of. */
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

function sizeOf(shape: readonly number[]): number {
  const size = shape.reduce((product, side) => product * side, 1);
  if (shape.every((side) => Number.isSafeInteger(side) && side >= 0)) return size;
  throw new FileFormatError(`The file describes a tensor of the shape [${shape}], which is not a shape.`);
}
