import { decodeText, FileFormatError, readFile } from '@fastts/core';
import { describeValue } from '@fastts/data';

/** The boxes of an image, each `[left, top, right, bottom]` in pixels, and their labels. */
export type LabeledBoxes = [boxes: [number, number, number, number][], labels: string[]];

/** The contents of a file in COCO format. */
interface Coco {
  images: { id: number; file_name: string }[];
  categories: { id: number; name: string }[];
  /** Boxes are `[left, top, width, height]`. */
  annotations: { image_id: number; category_id: number; bbox: [number, number, number, number] }[];
}

/**
 * Reads a JSON file in COCO format: the images that have boxes, and the boxes and labels of each.
 *
 * Source: fastai `vision/core.py`, `get_annotations`.
 *
 * @param options.prefix Prepended to the images' names, such as the path of their folder with its `/` (default none).
 * @throws FileFormatError when a box is not four numbers, or when the file is not JSON of that format.
 * @example
 * const [files, boxes] = await getAnnotations('coco/train.json', { prefix: 'coco/train/' });
 * const ofFile = new Map(files.map((file, i) => [file, boxes[i]!]));
 * new DataBlock({
 *   blocks: [ImageBlock(), BBoxBlock(), BBoxLblBlock()],
 *   nInp: 1,
 *   getY: [(file) => ofFile.get(file)![0], (file) => ofFile.get(file)![1]],
 * }).dataloaders(files);
 */
export async function getAnnotations(
  fname: string,
  { prefix = '' }: { prefix?: string } = {},
): Promise<[files: string[], boxes: LabeledBoxes[]]> {
  const { images, categories, annotations } = await readCoco(fname);
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const byImage = new Map<number, LabeledBoxes>();
  for (const [i, { image_id, category_id, bbox }] of annotations.entries()) {
    if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every(Number.isFinite)) {
      throw new FileFormatError(
        `${fname}: the bbox of annotation ${i} (image ${image_id}) must be four numbers, got ${describeValue(bbox)}.`,
      );
    }
    const [boxes, labels] = byImage.get(image_id) ?? [[], []];
    const [left, top, width, height] = bbox;
    boxes.push([left, top, left + width, top + height]);
    labels.push(names.get(category_id) ?? String(category_id));
    byImage.set(image_id, [boxes, labels]);
  }
  const annotated = images.filter(({ id }) => byImage.has(id));
  return [
    annotated.map(({ file_name }) => `${prefix}${file_name}`),
    annotated.map(({ id }) => byImage.get(id)!),
  ];
}

async function readCoco(fname: string): Promise<Coco> {
  const bytes = await readFile(fname);
  try {
    const coco = JSON.parse(decodeText(bytes)) as Coco;
    if ([coco.images, coco.categories, coco.annotations].every(Array.isArray)) return coco;
  } catch (cause) {
    throw new FileFormatError(`${fname} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
  throw new FileFormatError(
    `${fname} is not in COCO format: it lacks the lists images, categories and annotations.`,
  );
}
