import { type ProgressSink, setProgressSink } from '@fastts/core';

/** Takes what is logged into `lines`, and draws no bar. */
export function lineSink(lines: string[]): ProgressSink {
  return { line: (text) => void lines.push(text), bar: () => ({ update() {}, stop() {} }) };
}

/** The lines that are logged while `work` runs. */
export async function linesDuring(work: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const before = setProgressSink(lineSink(lines));
  await work().finally(() => setProgressSink(before));
  return lines;
}
