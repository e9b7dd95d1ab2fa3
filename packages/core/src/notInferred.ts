/** `T`, which TypeScript does not infer here: `NoInfer` for versions before 5.4. */
export type NotInferred<T> = [T][T extends unknown ? 0 : never];
