/** The files of a folder in the layout of Kaggle's Cassava leaf disease competition. */
import path from 'node:path';
import { DataError, readCsv } from 'fastts';
import fs from 'fs-extra';

/** A labeled picture: a row of `train.csv`, with its path in the folder and the name of its label. */
export interface Leaf {
  image_id: string;
  label: number;
  path: string;
  disease: string;
}

/** What the folder holds. */
export interface Layout {
  folder: string;
  /** The names of the labels 0, 1, … */
  diseases: string[];
  train: Leaf[];
  /** The test pictures in the order of the submission. */
  testIds: string[];
  /** The right label of each picture by `image_id`; only of drawn leaves. */
  truth?: ReadonlyMap<string, number>;
  /** The test pictures with their right labels; only of drawn leaves. */
  test?: Leaf[];
}

/**
 * Reads the tables of a folder and checks that its pictures exist.
 *
 * @throws DataError naming the first file that is missing, or the first row that is wrong, and what is expected.
 */
export async function readLayout(folder: string): Promise<Layout> {
  const at = (name: string) => path.join(folder, name);
  for (const [name, content] of Object.entries(expected)) {
    if (!(await fs.pathExists(at(name)))) {
      const all = Object.entries(expected).map(([file, of]) => `\n  ${file.padEnd(30)} ${of}`);
      throw new DataError(
        `${at(name)} does not exist, ${content}. --data must be a folder in the layout of Kaggle's ` +
          `cassava-leaf-disease-classification:${all.join('')}`,
      );
    }
  }
  const diseases = await readDiseases(at('label_num_to_disease_map.json'));
  const trainPictures = new Set(await fs.readdir(at('train_images')));
  const train = await readTrain(at('train.csv'), diseases, trainPictures);
  const testIds = await listTests(folder);
  const truth = await readTruth(at('truth.csv'));
  const test = truth && testIds.map((id) => leafOf('test_images', id, truth.get(id)!, diseases));
  return { folder, diseases, train, testIds, truth, test };
}

/** The files and folders that must exist, and what is in them. */
const expected = {
  'train.csv': 'a table with the columns image_id,label',
  'label_num_to_disease_map.json': 'an object such as {"0": "Cassava Bacterial Blight (CBB)", …}',
  train_images: 'a folder with the pictures that train.csv names',
  test_images: 'a folder with the pictures to predict',
};

async function readDiseases(file: string): Promise<string[]> {
  const names: Record<string, string> = await fs.readJson(file);
  return Object.keys(names).map((_, label) => {
    const name = names[label];
    if (name !== undefined) return name;
    throw new DataError(
      `${file} must name the labels 0 to ${Object.keys(names).length - 1}, but there is no ${label}.`,
    );
  });
}

async function readTrain(
  file: string,
  diseases: readonly string[],
  pictures: ReadonlySet<string>,
): Promise<Leaf[]> {
  const rows = await readCsv<{ image_id: string; label: number }>(file);
  for (const column of ['image_id', 'label']) {
    if (rows.columns.includes(column)) continue;
    throw new DataError(`${file} must have the columns image_id,label, got ${rows.columns.join()}.`);
  }
  return rows.map(({ image_id, label }, i) => {
    if (!(label in diseases)) {
      throw new DataError(
        `Row ${i + 1} of ${file} has the label ${label}: it must be from 0 to ${diseases.length - 1}.`,
      );
    }
    if (!pictures.has(image_id)) {
      throw new DataError(`Row ${i + 1} of ${file} names ${image_id}, which is not in train_images.`);
    }
    return leafOf('train_images', image_id, label, diseases);
  });
}

function leafOf(subfolder: string, image_id: string, label: number, diseases: readonly string[]): Leaf {
  return { image_id, label, path: `${subfolder}/${image_id}`, disease: diseases[label]! };
}

/** The test pictures, as `sample_submission.csv` lists them if it is there, and otherwise sorted by name. */
async function listTests(folder: string): Promise<string[]> {
  const pictures = (await fs.readdir(path.join(folder, 'test_images'))).sort();
  const sample = path.join(folder, 'sample_submission.csv');
  if (pictures.length === 0) throw new DataError(`${path.join(folder, 'test_images')} has no pictures.`);
  if (!(await fs.pathExists(sample))) return pictures;
  const listed = (await readCsv<{ image_id: string }>(sample)).map(({ image_id }) => image_id);
  const missing = listed.find((id) => !pictures.includes(id));
  if (missing === undefined) return listed;
  throw new DataError(`${sample} names ${missing}, which is not in test_images.`);
}

async function readTruth(file: string): Promise<Map<string, number> | undefined> {
  if (!(await fs.pathExists(file))) return undefined;
  const rows = await readCsv<{ image_id: string; label: number }>(file);
  return new Map(rows.map(({ image_id, label }) => [image_id, label]));
}
