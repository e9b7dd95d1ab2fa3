/** What a run took; or what it found in place of a time. */
export interface Result {
  seconds: number;
  gflops?: number;
}

/** A task that is ready to be measured. */
export interface Measured {
  /** Does it until memory is allocated and code compiled; then once more, which is what the result says. */
  warmUp(): Promise<Result>;
  run(count: number): Promise<Result>;
  dispose(): void;
}

/** Does `once` as often as it is told, on the thread that calls. */
export function repeated(once: () => void, dispose: () => void): Measured {
  const run = async (count: number) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) once();
    return { seconds: (performance.now() - start) / 1000 };
  };
  const warmUp = async () => {
    await run(2);
    return run(1);
  };
  return { warmUp, run, dispose };
}
