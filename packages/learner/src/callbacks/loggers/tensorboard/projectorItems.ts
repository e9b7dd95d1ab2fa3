import { encodePng, type Pixels, writeFileWhole } from '@fastts/core';
import { LearnerError } from '../../../errors.js';

/** Items for TensorBoard's projector: an embedding. */
export interface ProjectorItems {
  /** One vector per item, all of the same length. */
  vectors: readonly (readonly number[])[];
  /** One label per item. */
  labels?: readonly string[];
  /** One image per item, all of the same size. */
  pictures?: readonly Pixels[];
}

/**
 * Writes the items' files to a subfolder of a run's folder.
 *
 * @param folder The folder's path relative to `logDir`.
 * @returns Its entry in `projector_config.pbtxt`.
 * @throws LearnerError when the number of labels or images differs from the number of items.
 */
export async function writeProjectorItems(
  logDir: string,
  folder: string,
  name: string,
  { vectors, labels, pictures }: ProjectorItems,
): Promise<string> {
  checkCount('labels', labels, vectors);
  checkCount('pictures', pictures, vectors);
  const lines = [`tensor_name: "${name}"`];
  const write = async (file: string, content: string | Uint8Array) => {
    await writeFileWhole(`${logDir}/${folder}/${file}`, content);
    return `"${folder}/${file}"`;
  };
  if (labels) {
    const names = labels.map((label) => label.replaceAll(/\s+/g, ' '));
    lines.push(`metadata_path: ${await write('metadata.tsv', toLines(names))}`);
  }
  if (pictures?.[0]) {
    const path = await write('sprite.png', await spriteOf(pictures));
    const size = [pictures[0].width, pictures[0].height].map((side) => `single_image_dim: ${side}`);
    lines.push('sprite {', ...[`image_path: ${path}`, ...size].map((line) => `  ${line}`), '}');
  }
  const rows = vectors.map((vector) => vector.map((value) => Number(value.toPrecision(8))).join('\t'));
  lines.push(`tensor_path: ${await write('tensors.tsv', toLines(rows))}`);
  return ['embeddings {', ...lines.map((line) => `  ${line}`), '}', ''].join('\n');
}

function checkCount(what: string, given: readonly unknown[] | undefined, vectors: readonly unknown[]): void {
  if (given && given.length !== vectors.length) {
    throw new LearnerError(
      `The embedding has ${vectors.length} vectors but ${given.length} ${what}: provide one per vector.`,
    );
  }
}

function toLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** All images as one square sprite image. */
function spriteOf(pictures: readonly Pixels[]): Promise<Uint8Array> {
  const { width, height, channels } = pictures[0]!;
  const columns = Math.ceil(Math.sqrt(pictures.length));
  const all = new Uint8Array(columns * width * columns * height * channels);
  for (const [i, { data }] of pictures.entries()) {
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height];
    for (let row = 0; row < height; row++) {
      const line = data.subarray(row * width * channels, (row + 1) * width * channels);
      all.set(line, ((top + row) * columns * width + left) * channels);
    }
  }
  return encodePng({ data: all, width: columns * width, height: columns * height, channels });
}
