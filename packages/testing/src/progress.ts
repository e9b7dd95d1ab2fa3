import { type ProgressSink, setProgressSink } from '@fastts/core';

/** A progress sink that collects log lines in `lines` and draws no bar. */
export function lineSink(lines: string[]): ProgressSink {
  return { line: (text) => void lines.push(text), bar: () => ({ update() {}, stop() {} }) };
}

/** The lines logged while `work` runs. */
export async function linesDuring(work: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const before = setProgressSink(lineSink(lines));
  await work().finally(() => setProgressSink(before));
  return lines;
}
