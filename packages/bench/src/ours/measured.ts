/** The time of a run, or a result other than a time. */
export interface Result {
  seconds: number;
  gflops?: number;
}

/** A task that is ready to be measured. */
export interface Measured {
  /** Runs it until memory is allocated and code compiled, then once more; returns the last result. */
  warmUp(): Promise<Result>;
  run(count: number): Promise<Result>;
  dispose(): void;
}

/** Runs `once` the requested number of times, on the calling thread. */
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
