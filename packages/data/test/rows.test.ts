import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttrGetter,
  CategoryBlock,
  ColReader,
  ColSplitter,
  type Column,
  DataBlock,
  DataError,
  EmptySourceError,
  IndexSplitter,
  ItemGetter,
  LabelError,
  MultiCategoryBlock,
  RegressionBlock,
  readCsv,
} from '@fastts/data';
import fixture from '../fixtures/rows.json';
import { NumberBlock, RowBlock } from './blocks.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-rows-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

describe('readCsv', () => {
  test('reads a table as pandas does', async () => {
    const rows = await readCsv(file('table.csv', fixture.table));
    expect([...rows]).toEqual(fixture.rows);
    expect(rows.columns).toEqual(Object.keys(fixture.rows[0]!));
  });

  test.each(fixture.others.map((o) => [o.table, o.rows] as const))(
    'reads %j as pandas does',
    async (table, wanted) => {
      const rows = await readCsv(file('other.csv', table));
      expect([...rows]).toEqual(wanted);
    },
  );

  test('keeps integers as text if they have more digits than a number can hold', async () => {
    const rows = await readCsv(file('ids.csv', 'id,n\n12345678901234567890,1\n9007199254740993,2\n'));
    expect(rows.map(({ id }) => id)).toEqual(['12345678901234567890', '9007199254740993']);
  });

  test('numbers the columns if there is no header', async () => {
    const rows = await readCsv(file('bare.csv', 'a.jpg;1\nb.jpg;2\n'), { header: false, delimiter: ';' });
    expect([...rows]).toEqual([
      { 0: 'a.jpg', 1: 1 },
      { 0: 'b.jpg', 1: 2 },
    ]);
  });

  test('reads NA as missing only among numbers, and keeps leading zeros', async () => {
    const rows = await readCsv(file('words.csv', 'id,size,kind,open\n007,1,NA,TRUE\n010,NA,x,\n'));
    expect([...rows]).toEqual([
      { id: '007', size: 1, kind: 'NA', open: true },
      { id: '010', size: null, kind: 'x', open: null },
    ]);
  });

  test('reads quotes as text with quote: null, and missing cells at the end of a line as empty', async () => {
    const rows = await readCsv(file('quotes.csv', '\ufeffa,b\n"x,y"\n'), { quote: null });
    expect([...rows]).toEqual([{ a: '"x', b: 'y"' }]);
    const short = await readCsv(file('short.csv', 'a,b\r\n1\r\n'));
    expect([...short]).toEqual([{ a: 1, b: null }]);
  });

  test('reads a table in the encoding of its byte order mark, or in the given one', async () => {
    const table = 'fname,label\na.jpg,café\nb.jpg,cafè\n';
    const wanted = [
      { fname: 'a.jpg', label: 'café' },
      { fname: 'b.jpg', label: 'cafè' },
    ];
    const marked = await readCsv(file('excel.csv', Buffer.from(`\ufeff${table}`, 'utf16le')));
    expect([...marked]).toEqual(wanted);
    const latin = file('latin.csv', Buffer.from(table, 'latin1'));
    expect([...(await readCsv(latin, { encoding: 'windows-1252' }))]).toEqual(wanted);
    await expect(readCsv(latin)).rejects.toThrow(
      `${latin} cannot be read as CSV: byte 0xe9 at offset 21, in line 2, is not utf-8. Set its encoding, such as 'windows-1252'.`,
    );
    await expect(readCsv(file('utf16.csv', Buffer.from('a,b\n', 'utf16le')))).rejects.toThrow(
      /may be in utf-16le\. Set its encoding/,
    );
    await expect(readCsv(latin, { encoding: 'cp437' })).rejects.toThrow(/^encoding must be a name/);
  });

  test('names the file and line that cannot be read', async () => {
    await expect(readCsv(join(folder, 'none.csv'))).rejects.toThrow(DataError);
    await expect(readCsv(join(folder, 'none.csv'))).rejects.toThrow(/none\.csv cannot be read/);
    await expect(readCsv(file('long.csv', 'a,b\n1,2\n1,2,3\n'))).rejects.toThrow(
      /long\.csv.* line 3\. Correct the line, or set delimiter/,
    );
    await expect(readCsv(file('empty.csv', ' \n'))).rejects.toThrow(EmptySourceError);
    await expect(readCsv(file('empty.csv', ''))).rejects.toThrow(/empty\.csv is empty/);
  });
});

describe('ColReader', () => {
  const rows = fixture.rows.filter((row) => row.labels !== null);

  test.each(fixture.readers)("reads $cols like fastai's", ({ cols, options, values }) => {
    expect(rows.map(ColReader(cols as Column | Column[], options))).toEqual(values);
  });

  test('finds a column however its accents are encoded', () => {
    expect(ColReader('café')({ ['café'.normalize('NFD')]: 1 })).toBe(1);
    const rows = [{ part: 'é'.normalize('NFD') }, { part: 'a' }];
    expect(new ColSplitter('part', { on: 'é' }).split(rows)).toEqual([[1], [0]]);
  });

  test('finds no labels in an empty cell', () => {
    const labels = ColReader('labels', { labelDelim: ' ' });
    expect([{ labels: null }, { labels: '' }].map(labels)).toEqual([[], []]);
  });

  test('lists the columns in the error for a missing one', () => {
    expect(() => ColReader('label')(rows[0]!)).toThrow(
      /no column 'label' among fname, .*most similar is 'labels'/,
    );
    expect(() => ColReader(6)(rows[0]!)).toThrow(/no column 6: the row has 6/);
  });

  test('suggests another delimiter if there is only one column', async () => {
    const semicolons = await readCsv(file('semicolons.csv', 'fname;label\na.jpg;x\n'));
    expect(() => ColReader(1)(semicolons[0]!)).toThrow(/no column 1: .*"fname;label".* with delimiter ";"/);
  });

  test('does not add pref or suff to an empty cell', () => {
    expect(() => ColReader('fname', { pref: 'train/' })({ fname: null })).toThrow(
      "The cell of column 'fname' is empty: remove the row.",
    );
  });
});

test.each(fixture.colSplitter)("ColSplitter splits by $col and $on like fastai's", ({ col, on, splits }) => {
  expect(new ColSplitter(col, on === null ? {} : { on }).split(fixture.rows)).toEqual(splits);
});

test('ColSplitter rejects a missing column, and a column of words that leaves no row for training', () => {
  expect(() => new ColSplitter('valid').split(fixture.rows)).toThrow(/no column 'valid'.*'is_valid'/);
  expect(() => new ColSplitter('part').split(fixture.rows)).toThrow(/such as 'b', are all truthy.*`on`/);
});

test('a missing column is an error before loading, and an invalid number or empty cell names its row', async () => {
  const table = 'fname,size\na.jpg,1\nb.jpg,\nc.jpg,3\nd.jpg,4\n';
  const rows = await readCsv(file('sizes.csv', table));
  const made = (fname: string) =>
    new DataBlock({
      blocks: [RowBlock(), RegressionBlock()],
      getX: ColReader(fname),
      getY: ColReader('size'),
      splitter: new IndexSplitter([0]),
    }).datasets(rows);
  await expect(made('name')).rejects.toThrow(/no column 'name'.*'fname'/);
  await expect(made('fname')).rejects.toThrow(/^item 1, \{ fname: 'b\.jpg', size: null \}: .*got null/);
});

test('rows of a table make a data set', async () => {
  const block = new DataBlock({
    blocks: [NumberBlock(), CategoryBlock(), MultiCategoryBlock()],
    nInp: 1,
    getX: ColReader('age'),
    getY: [ColReader('part'), ColReader('labels', { labelDelim: ' ' })],
    splitter: new ColSplitter('fname', { on: 'd.jpg' }),
  });
  const datasets = await block.datasets(await readCsv(file('items.csv', fixture.table)));
  expect([datasets.train.length, datasets.valid.length]).toEqual([4, 1]);
  expect(datasets.vocab).toEqual(['ant', 'cat', 'dog', 'owl']);
  expect(await datasets.train.get(0)).toEqual([31, 1, [0, 1, 1, 0]]);
});

test('an error for a label that the training rows lack names the row', async () => {
  const block = new DataBlock({
    blocks: [NumberBlock(), CategoryBlock()],
    getX: ColReader('age'),
    getY: ColReader('part'),
    splitter: new ColSplitter('part', { on: 'c' }),
  });
  const datasets = block.datasets(fixture.rows);
  await expect(datasets).rejects.toThrow(LabelError);
  await expect(datasets).rejects.toThrow(/fname: 'b\.jpg'.*Label 'c'/);
});

test('labels that are numbers or booleans in a table stay so in the vocabulary', async () => {
  const table = 'n,grade,has_tail\n1,10,True\n2,9,False\n3,10,True\n';
  const datasets = await new DataBlock({
    blocks: [NumberBlock(), CategoryBlock(), CategoryBlock()],
    nInp: 1,
    getX: ColReader('n'),
    getY: [ColReader('has_tail'), ColReader('grade')],
    splitter: new IndexSplitter([2]),
  }).datasets(await readCsv(file('grades.csv', table)));
  expect(datasets.vocab).toEqual([9, 10]);
  expect(await datasets.train[0]).toEqual([1, 1, 1]);
  expect([datasets.decode(1, 1), datasets.decode(2, 0)]).toEqual([true, 9]);
});

test('ItemGetter and AttrGetter get an element and a property', () => {
  expect([0, -1].map((i) => ItemGetter(i)(['a', 'b', 'c']))).toEqual(['a', 'c']);
  expect([{ size: 3 }, {}].map(AttrGetter('size', 0))).toEqual([3, 0]);
});

test('fromColumns loads a list of inputs and a list of targets', async () => {
  const block = DataBlock.fromColumns({
    blocks: [NumberBlock(), RegressionBlock()],
    splitter: (items) => [[...items.keys()], []],
  });
  const datasets = await block.datasets([
    [1, 2],
    [0.5, 0.25],
  ]);
  expect(await datasets.train.get(1)).toEqual([2, 0.25]);
  await expect(block.datasets([[1, 2], [0.5]])).rejects.toThrow(/columns must have equal lengths.* 2, 1/);
});
