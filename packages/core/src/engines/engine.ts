/** The engines by name, in the order in which they are tried. */
export const engineNames = ['tensorflow', 'webgpu', 'native', 'wasm', 'cpu'] as const;

/** The name of an engine. */
export type EngineName = (typeof engineNames)[number];

/** A tfjs backend and how to start it. */
export interface Engine {
  readonly name: EngineName;
  /**
   * Makes its tfjs backend the current one.
   *
   * @param isAskedFor Whether it was named, rather than being tried in turn.
   * @returns A few words on what started.
   * @throws With the reason, when it does not start.
   */
  start(isAskedFor: boolean): Promise<string>;
}
