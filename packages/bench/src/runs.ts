import { layoutName } from './peer.js';
import { columns, type ModelRow, rounded } from './report.js';
import { type Contest, type Effort, SideBySide } from './sideBySide.js';
import type { EpochTask, ModelTask } from './tasks.js';

const widths = [12, 6, 7, 12, 12, 9, 12, 12];

const head = ['model', 'px', 'batch', 'images/s', "peer's", 'ratio', 'peak MiB', "peer's"];

/**
 * Prints and returns images per second and peak memory of each task, measured in separate processes.
 */
export async function benchRuns(
  title: string,
  tasks: readonly (ModelTask | EpochTask)[],
  contest: Contest,
  effort: Effort,
  print: (line: string) => void,
): Promise<ModelRow[]> {
  const rows: ModelRow[] = [];
  const { peer: found } = contest;
  print(`\n${title}`);
  print(columns(widths, head) + (found ? '  peer' : ''));
  for (const task of tasks) {
    const { model, size, batchSize } = task;
    const pictures = task.kind === 'epoch' ? task.files.length - 1 : batchSize;
    const peerName =
      found && (task.kind === 'epoch' ? found.fastai && `fastai ${found.fastai}` : `PyTorch ${found.torch}`);
    const sides = new SideBySide({ ...contest, peer: peerName ? found : null });
    try {
      const { ours, peer, peerError } = await sides.compare(task, effort);
      const [imagesPerSecond, peers] = [pictures / ours.seconds, peer && pictures / peer.seconds];
      const row: ModelRow = {
        model,
        size,
        batchSize,
        imagesPerSecond: rounded(imagesPerSecond),
        peer: peer && `${peerName}, ${layoutName(peer.layout)}`,
        peerImagesPerSecond: rounded(peers),
        ratio: rounded(peers && imagesPerSecond / peers),
        peakRssMiB: rounded(ours.peakRssMiB),
        peerPeakRssMiB: rounded(peer?.peakRssMiB ?? null),
      };
      rows.push(row);
      const show = (value: number | null, digits: number) => (value === null ? '–' : value.toFixed(digits));
      const cells = [
        model,
        `${size}`,
        `${batchSize}`,
        show(imagesPerSecond, 1),
        show(peers, 1),
        show(row.ratio, 2),
        show(row.peakRssMiB, 0),
        show(row.peerPeakRssMiB, 0),
      ];
      print(columns(widths, cells) + (row.peer ? `  ${row.peer}` : ''));
      if (peerError && !peer) print(`  (${peerName} failed: ${peerError})`);
    } finally {
      await sides.close();
    }
  }
  return rows;
}
