/** `T`, inferred from other places only: `NoInfer` for TypeScript before 5.4. */
export type NotInferred<T> = [T][T extends unknown ? 0 : never];
