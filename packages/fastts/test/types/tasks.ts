/** The data of each kind of task; `batches.ts` checks that the blocks give these types. */
import type { BBox, DataLoaders, Module, Pixels, tf } from 'fastts';

export declare const model: Module;
export declare const files: string[];

export declare const oneLabel: DataLoaders<tf.Tensor4D, tf.Tensor1D, string, string>;
export declare const severalLabels: DataLoaders<tf.Tensor4D, tf.Tensor2D, string[], string>;
export declare const number: DataLoaders<tf.Tensor4D, tf.Tensor1D, number, string>;
export declare const numbers: DataLoaders<tf.Tensor4D, tf.Tensor2D, number[], string>;
export declare const points: DataLoaders<
  tf.Tensor4D,
  tf.Tensor3D,
  (readonly [x: number, y: number])[],
  string
>;
export declare const boxes: DataLoaders<tf.Tensor4D, [tf.Tensor3D, tf.Tensor2D], [BBox[], string[]], string>;
export declare const masks: DataLoaders<tf.Tensor4D, tf.Tensor3D, Pixels, string>;
/** Two pictures, and whether they show the same. */
export declare const pairs: DataLoaders<[tf.Tensor4D, tf.Tensor4D], tf.Tensor1D, string, Pair>;
export interface Pair {
  left: string;
  right: string;
}
