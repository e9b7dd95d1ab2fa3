import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  ArgumentError,
  Figure,
  heatMap,
  type ImageCell,
  type ItemGridOptions,
  imageGrid,
  itemGrid,
  type Pixels,
  plotCourses,
  plotLines,
  plotMatrix,
} from '@fastts/core';
import sharp from 'sharp';

const lines = [
  { name: 'train', points: [0, 1, 2, 3].map((x) => ({ x, y: 3 - x })) },
  {
    name: 'valid',
    points: [
      { x: 1, y: 2.5 },
      { x: 3, y: Number.NaN },
    ],
  },
];
const image: Pixels = {
  data: Uint8Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 255 : 0)),
  width: 2,
  height: 2,
  channels: 3,
};
const red: ImageCell = { image };
const gray: ImageCell = {
  image: { data: new Uint8Array(4).fill(128), width: 4, height: 1, channels: 1 },
  title: 'R & B <1>',
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastts-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('draws lines with their title, axes and legend', () => {
  const svg = plotLines(lines, { title: 'learning curve', xLabel: 'steps', yLabel: 'loss' }).svg();
  for (const text of ['learning curve', 'steps', 'loss', 'train', 'valid'])
    expect(svg).toContain(`>${text}<`);
  expect(svg).not.toContain('NaN');
});

it('draws axes of the given domains', () => {
  const svg = plotLines(lines, { xDomain: [0, 80], yDomain: [0, 50] }).svg();
  for (const text of ['80', '50']) expect(svg).toContain(`>${text}<`);
});

it('draws logarithmic axes', () => {
  const points = [1e-5, 1e-3, 1e-1].map((x) => ({ x, y: x }));
  const svg = plotLines([{ name: 'loss', points }], { logX: true }).svg();
  expect(svg).toContain('>1e-4<');
});

it('draws dotted lines at given positions, and omits those that a logarithmic axis cannot show', () => {
  const points = [0, 1, 10].map((x) => ({ x, y: x }));
  const svg = plotLines([{ name: 'loss', points }], { logX: true, logY: true, marks: [0, 2, 5] }).svg();
  expect(svg.match(/<line[^>]*stroke-dasharray="2,3"/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity/);
});

it('interrupts a line at numbers that are not finite, and shows isolated points', () => {
  const ys = [1, 2, Number.NaN, 3, Number.POSITIVE_INFINITY, 2, 1];
  const points = Array.from({ length: 70 }, (_, x) => ({ x, y: ys[x % 7]! }));
  const svg = plotLines([{ name: 'loss', points }]).svg();
  const path = / d="([^"]*)"/.exec(svg)![1]!;
  const parts = path.split('M').slice(1);
  expect(parts).toHaveLength(2 * 10 + 1);
  expect(parts.filter((part) => part.endsWith('h0'))).toHaveLength(10);
  expect(svg).not.toMatch(/NaN|Infinity/);
});

it('clips lines to the axes', async () => {
  const points = [0, 1, 2].map((x) => ({ x, y: 100 * x }));
  const figure = plotLines([{ name: 'steep', points }], { yDomain: [0, 10], width: 100, height: 50 });
  const png = sharp(await figure.png({ scale: 1 }));
  const { width } = await png.metadata();
  const above = await sharp(await png.extract({ left: 0, top: 0, width, height: 9 }).toBuffer()).stats();
  expect(above.channels.slice(0, 3).map(({ min }) => min)).toEqual([255, 255, 255]);
});

it('names highlighted points in the legend, but not a single line', () => {
  const highlights = [
    { name: 'valley', x: 1, y: 2 },
    { name: 'steep', x: 1, y: 2 },
    { name: 'nowhere', x: 1, y: Number.NaN },
  ];
  const svg = plotLines([lines[0]!], { highlights }).svg();
  for (const name of ['valley', 'steep', 'nowhere']) expect(svg).toContain(`>${name}<`);
  expect(svg).not.toContain('>train<');
  const radii = [...svg.matchAll(/<circle cx="[^"]*" cy="[^"]*" r="([\d.]+)"/g)].map(([, r]) => Number(r));
  const [outer, inner] = radii.filter((r) => r > 7);
  expect(outer).toBeGreaterThan(inner!);
});

it('wraps a long title between words, and never overlaps labels', () => {
  const title = 'a title that is so long that it is wider than the small figure below it, and is wrapped';
  const points = [0, 1e6].map((x) => ({ x, y: x }));
  const svg = plotLines([{ name: 'loss', points }], { title, width: 200 }).svg();
  const written = [...svg.matchAll(/<text x="([\d.-]+)" y="([\d.]+)"[^>]*>([^<]*)</g)];
  const words = written.filter(([, , , text]) => title.includes(text!)).map(([, , , text]) => text!);
  expect(words.length).toBeGreaterThan(1);
  expect(words.join(' ')).toBe(title);
  const lowest = Math.max(...written.map(([, , y]) => Number(y)));
  const across = written.filter(([, , y]) => Number(y) === lowest).map(([, x]) => Number(x));
  expect(across.length).toBeGreaterThan(1);
  for (const [i, x] of across.slice(1).entries()) expect(x - across[i]!).toBeGreaterThan(50);
});

it('distinguishes more lines than it has colors', () => {
  const many = Array.from({ length: 10 }, (_, i) => ({ ...lines[0]!, name: `line ${i}` }));
  const svg = plotLines(many).svg();
  const looks = [...svg.matchAll(/<path [^>]*stroke="[^>]*>/g)].map(([path]) =>
    path.replace(/ d="[^"]*"/, ''),
  );
  expect(new Set(looks).size).toBe(10);
});

it('draws courses side by side, each with its name as title', () => {
  const one = plotCourses({ lr: [1, 2, 3] }).svg();
  const two = plotCourses({ lr: [1, 2, 3], 'a < b': [5, 5, 5] }).svg();
  for (const name of ['steps', 'lr', 'a &#60; b']) expect(two).toContain(`>${name}<`);
  const width = (svg: string) => Number(/width="([\d.]+)"/.exec(svg)![1]);
  expect(width(two)).toBeGreaterThan(1.9 * width(one));
});

it('leaves cells without a number white, and keeps rows of the same name separate', () => {
  const matrix = [
    [Number.NaN, 1],
    [2, 4],
  ];
  const svg = plotMatrix(matrix, { rows: ['a', 'a'], columns: ['b', 'b'], text: String }).svg();
  for (const text of ['NaN', '1', '2', '4']) expect(svg).toContain(`>${text}<`);
  const fills = [...svg.matchAll(/<rect x="\d+"[^>]*fill="([^"]*)"/g)].map(([, fill]) => fill);
  expect(new Set(fills).size).toBe(4);
  expect(fills[0]).toBe('rgb(255, 255, 255)');
});

it('draws a matrix with names and cell values, the highest in white on a dark color', () => {
  const matrix = [
    [9, 1],
    [2, 0],
  ];
  const svg = plotMatrix(matrix, {
    rows: ['cat', 'dog'],
    columns: ['cat', 'fox'],
    text: (n) => `${n}x`,
  }).svg();
  for (const text of ['cat', 'dog', 'fox', '9x', '1x', '2x', '0x']) expect(svg).toContain(`>${text}<`);
  expect(svg).toMatch(/fill="white"[^>]*>9x</);
  expect(svg).not.toMatch(/fill="white"[^>]*>2x</);
  const fills = [...svg.matchAll(/<rect [^>]*fill="rgb\((\d+)/g)].map(([, red]) => Number(red));
  expect(fills[0]).toBeLessThan(fills[2]!);
  expect(fills[2]).toBeLessThan(fills[3]!);
});

it('saves files in folders that it creates', async () => {
  const figure = plotLines(lines, { width: 200, height: 100 });
  const png = await figure.save(join(folder, 'plots', 'a.png'));
  const { format, width } = await sharp(png).metadata();
  expect(format).toBe('png');
  expect(width).toBeGreaterThan(400);
  await figure.save(join(folder, 'plots', 'a.svg'));
  expect(await readFile(join(folder, 'plots', 'a.svg'), 'utf8')).toMatch(/^<svg/);
  expect((await readdir(join(folder, 'plots'))).sort()).toEqual(['a.png', 'a.svg']);
});

it('draws images at their positions', async () => {
  const figure = await imageGrid([red, gray], { columns: 2, cellSize: 100 });
  expect(figure.svg()).toContain('R &#38; B &#60;1&#62;');
  const { data, info } = await sharp(await figure.png({ scale: 1 }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)];
  expect(info).toMatchObject({ width: 2 * 16 + 2 * 100 + 12, height: 2 * 16 + 20 + 100 });
  expect(pixel(16 + 50, 36 + 50)).toEqual([255, 0, 0]);
  expect(pixel(16 + 112 + 50, 36 + 50)).toEqual([128, 128, 128]);
  expect(pixel(16 + 112 + 50, 36 + 10)).toEqual([255, 255, 255]);
});

it('arranges items by rows, by columns, or both, as plt.subplots does', async () => {
  const gridOf = async (n: number, images: number, options: ItemGridOptions) => {
    const items = Array<ImageCell[]>(n).fill(Array<ImageCell>(images).fill({ image }));
    const svg = (await itemGrid(items, { ...options, cellSize: 10 })).svg();
    const places = [...svg.matchAll(/<image[^>]* x="([\d.]+)" y="([\d.]+)"/g)];
    return [places.length, new Set(places.map(([, x]) => x)).size, new Set(places.map(([, , y]) => y)).size];
  };
  expect(await gridOf(9, 1, {})).toEqual([9, 3, 3]);
  expect(await gridOf(9, 1, { nrows: 1 })).toEqual([9, 9, 1]);
  expect(await gridOf(5, 1, { nrows: 2 })).toEqual([5, 3, 2]);
  expect(await gridOf(5, 1, { columns: 4 })).toEqual([5, 4, 2]);
  expect(await gridOf(9, 1, { nrows: 2, columns: 3 })).toEqual([6, 3, 2]);
  expect(await gridOf(4, 2, { nrows: 2 })).toEqual([8, 4, 2]);
  await expect(gridOf(4, 1, { nrows: 0 })).rejects.toThrow(/nrows must be an integer ≥ 1, got 0/);
});

it('shrinks a long title, wraps a longer one, and truncates what cannot be wrapped', async () => {
  const long = 'aTitleLongerThanAnyCellIsWide';
  const titles = ['short', 'a title longer than 80', 'a title longer than any / cell', long];
  const cells = titles.map((title) => ({ ...red, title }));
  const svg = (await imageGrid(cells, { cellSize: 100 })).svg();
  const written = [...svg.matchAll(/font-size="([\d.]+)" fill="[^"]*">([^<]*)</g)].map(([, size, text]) => [
    Number(size),
    text,
  ]);
  expect(written[0]).toEqual([13, 'short']);
  expect(written[1]![1]).toBe(titles[1]);
  expect(written[1]![0]).toBeLessThan(13);
  expect(written.slice(2, 4).map(([, text]) => text)).toEqual(['a title longer', 'than any / cell']);
  expect(written[4]![0]).toBe(9);
  expect(written[4]![1]).toMatch(/^aTitleLonger.*…$/);
});

it('writes long names beside a matrix in full, with the axis label close to them', () => {
  const names = ['staffordshire_bull_terrier', 'american_pit_bull_terrier'];
  const matrix = [
    [0, 0],
    [0, 0],
  ];
  const svg = plotMatrix(matrix, { rows: names, columns: names, yLabel: 'Actual' }).svg();
  for (const name of names) expect(svg.split(`>${name}<`)).toHaveLength(3);
  expect(Number(/width="([\d.]+)"/.exec(svg)![1])).toBeLessThan(2 * 16 + 24 + 170 + 2 * 44 + 20);
  // An empty cell has the lightest color.
  expect(svg).toMatch(/<rect [^>]*fill="rgb\(247, 251, 255\)/);
});

it('writes the number of each cell of a matrix in a color that can be read', () => {
  const values = Array.from({ length: 41 }, (_, i) => i / 40);
  const svg = plotMatrix([values], { rows: ['a'], columns: values.map(String), text: String }).svg();
  const backgrounds = [...svg.matchAll(/<rect [^>]*fill="rgb\((\d+), (\d+), (\d+)\)"/g)].map((found) =>
    found.slice(1).map(Number),
  );
  const texts = [...svg.matchAll(/<text [^>]*text-anchor="middle"[^>]*fill="([^"]+)"/g)].map(
    ([, fill]) => fill!,
  );
  expect(texts).toHaveLength(values.length);
  const luminance = (rgb: number[]) =>
    rgb
      .map((channel) => channel / 255)
      .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4))
      .reduce((sum, share, i) => sum + share * [0.2126, 0.7152, 0.0722][i]!, 0);
  const rgbs: Record<string, number[]> = { white: [255, 255, 255], '#1f2430': [0x1f, 0x24, 0x30] };
  for (const [i, background] of backgrounds.entries()) {
    const [low, high] = [luminance(background), luminance(rgbs[texts[i]!]!)].sort((a, b) => a - b);
    expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThan(3.8);
  }
});

it('rejects data that it cannot draw', async () => {
  await expect(imageGrid([])).rejects.toThrow(ArgumentError);
  await expect(imageGrid([red, { image: { ...image, width: 3 } }])).rejects.toThrow(
    /Image 1 of the grid has 12 bytes, but 2 × 3 pixels of 3 channels need 18/,
  );
  await expect(imageGrid([red], { columns: 0 })).rejects.toThrow(/columns.*got 0/);
  await expect(new Figure('<svg/>').save(join(folder, 'a.jpg'))).rejects.toThrow(/\.svg or \.png, got/);
  await expect(new Figure('<svg/>').png({ scale: 0 })).rejects.toThrow(/scale.*got 0/);
  expect(await readdir(folder)).toEqual([]);
});

it('draws a heat map with sharp cells, from dark for the lowest number to light for the highest, first row on top', async () => {
  const rows = [
    [0, 1],
    [2, 4],
    [3, Number.NaN],
  ];
  const figure = await heatMap(rows, { xLabel: 'a < b', yLabel: 'c', width: 40, height: 60 });
  const svg = figure.svg();
  expect(svg).toContain('>a &#60; b<');
  const image = Buffer.from(/base64,([^"]+)/.exec(svg)![1]!, 'base64');
  const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([40, 60, 3]);
  const brightness = (x: number, y: number) => {
    const at = (y * info.width + x) * 3;
    return data[at]! + data[at + 1]! + data[at + 2]!;
  };
  const cells = [0, 20, 40].map((y) => [
    [brightness(0, y), brightness(19, y + 19)],
    [brightness(20, y), brightness(39, y + 19)],
  ]);
  for (const [from, to] of cells.flat()) expect(from).toBe(to);
  const [[zero, one], [two, four], [three, nothing]] = cells.map((row) => row.map(([b]) => b!)) as [
    [number, number],
    [number, number],
    [number, number],
  ];
  expect([zero, one, two, three, four]).toEqual([zero, one, two, three, four].sort((a, b) => a - b));
  expect(zero).toBeLessThan(four);
  expect(nothing).toBe(3 * 255);
  expect((await figure.png()).length).toBeGreaterThan(100);
  await expect(heatMap([[1], [1, 2]])).rejects.toThrow(/1, 2/);
  await expect(heatMap([])).rejects.toThrow(ArgumentError);
});

it('writes a title of several lines directly above its image, in the given color', async () => {
  const figure = await imageGrid([{ ...red, title: 'church\ndog', titleColor: 'green' }, red], {
    cellSize: 100,
  });
  const [first, second] = [...figure.svg().matchAll(/<text[^>]* y="(\d+)"[^>]*fill="green">(\w+)</g)];
  expect([first![2], second![2]]).toEqual(['church', 'dog']);
  expect(Number(second![1]) - Number(first![1])).toBe(20);
  const { height } = await sharp(await figure.png({ scale: 1 })).metadata();
  expect(height).toBe(2 * 16 + 2 * 20 + 100);
});

describe('in a notebook', () => {
  const shown: string[] = [];
  const display = { svg: (text: string) => shown.push(text) };
  const kernel = globalThis as { __tslab__?: unknown };

  beforeEach(() => {
    kernel.__tslab__ = { require: (name: string) => (name === 'tslab' ? { display } : undefined) };
  });
  afterEach(() => {
    delete kernel.__tslab__;
  });

  it('a figure is shown when it is the value of a cell', async () => {
    const figures = [plotLines(lines), await imageGrid([red])];
    for (const figure of figures) expect(inspect(figure)).toBe('');
    expect(shown).toEqual(figures.map((figure) => figure.svg()));
  });

  it('elsewhere it prints as a word', () => {
    delete kernel.__tslab__;
    expect(inspect(plotLines(lines))).toBe('Figure');
  });
});
