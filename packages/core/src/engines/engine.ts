/** The names of the engines, in the order in which they are tried. */
export const engineNames = ['tensorflow', 'webgpu', 'native', 'wasm', 'cpu'] as const;

/** The name of an engine. */
export type EngineName = (typeof engineNames)[number];

/** A tfjs backend and how to start it. */
export interface Engine {
  readonly name: EngineName;
  /**
   * Starts it: makes its tfjs backend the current one.
   *
   * @param isRequested Whether the user named this engine; otherwise engines are tried in turn.
   * @returns A short description of what started.
   * @throws Error with the reason when it does not start.
   */
  start(isRequested: boolean): Promise<string>;
}
