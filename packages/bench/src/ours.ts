/** The process in which fastts is measured: reads one request per line from standard input, writes one reply per line. */
import { createInterface } from 'node:readline';
import { setQuiet, setSeed, useEngine } from 'fastts';
import { epoch } from './ours/epoch.js';
import { convolution, matrixProduct, peak } from './ours/kernels.js';
import type { Measured } from './ours/measured.js';
import { inference, training } from './ours/model.js';
import type { Reply, Request, Task } from './tasks.js';

async function ready(task: Task): Promise<Measured> {
  switch (task.kind) {
    case 'peak':
      return peak();
    case 'matmul':
      return matrixProduct(task);
    case 'conv':
      return convolution(task);
    case 'train':
      return training(task);
    case 'infer':
      return inference(task);
    case 'epoch':
      return epoch(task);
  }
}

async function main() {
  setQuiet(true);
  setSeed(42);
  await useEngine('native');
  let current: Measured | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    const answer = (result: Omit<Reply, 'peakRssMiB'>) => {
      const peakRssMiB = process.resourceUsage().maxRSS / 1024;
      process.stdout.write(`${JSON.stringify({ ...result, peakRssMiB } satisfies Reply)}\n`);
    };
    try {
      if (request.op === 'prepare') {
        current?.dispose();
        current = await ready(request.task);
        answer(await current.warmUp());
      } else if (request.op === 'measure') {
        if (!current) throw new Error('No task is prepared.');
        answer(await current.run(request.count));
      }
    } catch (error) {
      process.stdout.write(`${JSON.stringify({ error: (error as Error).message })}\n`);
    }
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
