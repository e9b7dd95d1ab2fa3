/** Compiled with the tests, not run: items that are rows of a table. */
import { expectTypeOf } from 'expect-type';
import {
  CategoryBlock,
  ColReader,
  ColSplitter,
  DataBlock,
  FuncSplitter,
  GrandparentSplitter,
  getImageFiles,
  ImageBlock,
  ImageDataLoaders,
  ItemGetter,
  parentLabel,
  type Row,
  readCsv,
} from 'fastts';

interface Flower {
  file: string;
  label: string;
  petals: number;
}

const blocks = [ImageBlock(), CategoryBlock()] as const;
const twoPictures = [ImageBlock(), ImageBlock(), CategoryBlock()] as const;
const file = (row: { file: string }) => row.file;
const label = (row: { label: string }) => row.label;

/** The type of a data block's source. */
type SourceOf<Block extends { datasets(source: never): unknown }> = Parameters<Block['datasets']>[0];

export function itemsGiveGettersTheirRow() {
  const named = new DataBlock({
    blocks,
    getItems: readCsv<Flower>,
    getX: ColReader('file', { pref: 'flowers/' }),
    getY: (row) => {
      expectTypeOf(row).toEqualTypeOf<Flower>();
      return row.label;
    },
    splitter: new ColSplitter('label', { on: 'daisy' }),
  });
  expectTypeOf<SourceOf<typeof named>>().toEqualTypeOf<string>();

  new DataBlock({
    blocks: twoPictures,
    getItems: async (folder: string) =>
      (await readCsv<Flower>(`${folder}/flowers.csv`)).filter((row) => row.petals > 3),
    getX: [file, (row) => expectTypeOf(row).toEqualTypeOf<Flower>()],
    getY: [label],
    splitter: (rows) => {
      expectTypeOf(rows).toEqualTypeOf<readonly Flower[]>();
      return [[], []];
    },
  });

  new DataBlock({
    blocks,
    getItems: () => readCsv('flowers.csv'),
    getX: (row) => expectTypeOf(row).toEqualTypeOf<Row>(),
    splitter: new FuncSplitter((row: Row) => row.part === 'valid'),
  });
}

export function gettersSayWhatItemsHave(rows: Flower[], noLabels: { file: string }[]) {
  const pair = new DataBlock({ blocks, getX: file, getY: label });
  expectTypeOf<SourceOf<typeof pair>>().toEqualTypeOf<readonly ({ file: string } & { label: string })[]>();
  void pair.dataloaders(rows);
  // @ts-expect-error: the rows have no `label`
  void pair.dataloaders(noLabels);
  // @ts-expect-error: without getItems, the source is a list of items
  void pair.dataloaders('flowers.csv');

  const several = new DataBlock({
    blocks: twoPictures,
    getX: [file, label],
    getY: (row: Flower) => row.petals,
  });
  expectTypeOf<SourceOf<typeof several>>().items.toHaveProperty('petals');
  void several.dataloaders(rows);
  // @ts-expect-error: the rows have no `label` and no `petals`
  void several.dataloaders(noLabels);

  const listed = new DataBlock({ blocks, getters: [file, label] });
  void listed.dataloaders(rows);
  // @ts-expect-error: the rows have no `label`
  void listed.dataloaders(noLabels);

  // A getter without annotation puts no requirement on rows; the other one still does.
  const loose = new DataBlock({ blocks, getX: file, getY: (row) => row.label });
  void loose.dataloaders(noLabels);
  // @ts-expect-error: the rows have no `file`
  void loose.dataloaders([{ label: 'daisy' }]);

  void new DataBlock({ blocks, getX: ColReader('file'), getY: ColReader('label') }).dataloaders(rows);
  void new DataBlock({ blocks, getters: [ItemGetter(0), ItemGetter(1)] }).dataloaders([['a.jpg', 'daisy']]);
  void DataBlock.fromColumns({ blocks }).dataloaders([['a.jpg'], ['daisy']]);
}

export function gettersMustFitTheItems() {
  // @ts-expect-error: a flower has no `lable`
  new DataBlock({ blocks, getItems: readCsv<Flower>, getY: (row) => row.lable });
  // @ts-expect-error: parentLabel labels paths, not rows
  new DataBlock({ blocks, getItems: readCsv<Flower>, getY: parentLabel });
  // @ts-expect-error: one of the getters reads a field that a flower does not have
  new DataBlock({ blocks, getItems: readCsv<Flower>, getX: [file, (row: { path: string }) => row.path] });
  // @ts-expect-error: GrandparentSplitter splits paths, not rows
  new DataBlock({ blocks, getItems: readCsv<Flower>, splitter: new GrandparentSplitter() });

  const paths = new DataBlock({
    blocks,
    getItems: getImageFiles,
    getY: parentLabel,
    splitter: new GrandparentSplitter(),
  });
  expectTypeOf<SourceOf<typeof paths>>().toEqualTypeOf<string>();
}

export function columnsHaveTheRowsNames(rows: Flower[], anyRows: Row[]) {
  void ImageDataLoaders.fromRows(rows, { fnCol: 'file', labelCol: ['label', 'petals'] });
  void ImageDataLoaders.fromRows(anyRows, { fnCol: 'anything', labelCol: 1 });
  // @ts-expect-error: there is no column `lable`
  void ImageDataLoaders.fromRows(rows, { labelCol: 'lable' });
}
