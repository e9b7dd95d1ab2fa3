/** Compares the speed of fastts with PyTorch and fastai: `npm run bench -- --help` lists the options. */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { nativeInfo, nativeStatus } from '@fastts/native';
import { benchKernels } from './kernels.js';
import { parseOptions } from './options.js';
import { findPeer } from './peer.js';
import { pictures } from './pictures.js';
import type { Report } from './report.js';
import { benchRuns } from './runs.js';

/** An epoch takes long enough that few repeats measure it well. */
const MAX_EPOCH_REPEATS = 3;

/** Load average of the last minute above which other programs than this benchmark must be running. */
const BUSY = 1.5;

async function main() {
  const options = parseOptions(process.argv.slice(2));
  const { only, runs, repeats, seconds } = options;
  const print = (line: string) => console.log(line);
  const { available, reason } = nativeStatus();
  if (!available)
    throw new Error(`The native engine, which this benchmark measures, is not available: ${reason}.`);

  const { isa, threads: cores } = nativeInfo();
  const threads = options.threads ?? cores;
  const peer = await findPeer(options.python);
  const contest = { threads, peer };
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown CPU';
  const names = peer && [`PyTorch ${peer.torch}`, peer.fastai && `fastai ${peer.fastai}`].filter(Boolean);
  print(
    `${cpu}, ${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}; peer: ${names?.join(', ') ?? 'none'}`,
  );
  if (!peer) {
    print(
      `${options.python} has no PyTorch to compare with; to get it: python3 -m venv peer && peer/bin/pip install torch fastai, ` +
        'then --python peer/bin/python',
    );
  } else if (!peer.fastai && only.includes('epoch')) {
    print(`${options.python} has no fastai to compare an epoch with; to get it: pip install fastai`);
  }

  const [load] = os.loadavg();
  if (load! > BUSY) {
    print(
      `Other programs are using this machine (load ${load!.toFixed(1)}): these results will be inaccurate.`,
    );
  }

  const report: Report = {
    machine: {
      cpu,
      cores: os.cpus().length,
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      platform: `${process.platform}-${process.arch}`,
      node: process.version,
      isa,
      threads,
      peakGflops: null,
      torch: peer?.torch ?? null,
      fastai: peer?.fastai ?? null,
      repeats,
    },
    kernel: [],
    train: [],
    infer: [],
    epoch: [],
  };
  if (only.includes('kernel')) {
    const { rows, peakGflops } = await benchKernels(options, contest, print);
    report.kernel = rows;
    report.machine.peakGflops = peakGflops;
  }
  for (const kind of ['train', 'infer'] as const) {
    if (!only.includes(kind)) continue;
    const tasks = runs.map((run) => ({ kind, ...run }));
    report[kind] = await benchRuns(kind, tasks, contest, { repeats, seconds }, print);
  }
  if (only.includes('epoch')) {
    const effort = { repeats: Math.min(repeats, MAX_EPOCH_REPEATS), seconds: 0 };
    for (const { batchSize: wanted, ...run } of options.epochs) {
      const { files, vocab, batchSize, batches, name } = await pictures(options.data, {
        batchSize: wanted,
        batches: options.batches,
      });
      const title = `epoch, from files of ${name}, ${batches} batches`;
      const task = { kind: 'epoch' as const, ...run, batchSize, files, vocab };
      report.epoch.push(...(await benchRuns(title, [task], contest, effort, print)));
      Object.assign(report.machine, { epochData: name, epochBatches: batches });
    }
  }
  if (options.json) {
    await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
    print(`\nsaved ${options.json}`);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
