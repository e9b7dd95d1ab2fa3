import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ArgumentError, Figure, heatMap, imageGrid, plotLines, plotMatrix } from '@fastts/core';
import sharp from 'sharp';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { figureTheme } from '../src/figures/figureTheme.js';

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
const red = {
  pixels: Uint8Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 255 : 0)),
  width: 2,
  height: 2,
};
const grey = { pixels: new Uint8Array(4).fill(128), width: 4, height: 1, title: 'R & B <1>' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastts-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('draws lines with their title, axes and legend', async () => {
  const svg = await plotLines(lines, { title: 'learning curve', xLabel: 'steps', yLabel: 'loss' }).svg();
  for (const text of ['learning curve', 'steps', 'loss', 'train', 'valid'])
    expect(svg).toContain(`>${text}<`);
  expect(svg).not.toContain('NaN');
});

it('draws axes from where to where it is told', async () => {
  const svg = await plotLines(lines, { xDomain: [0, 80], yDomain: [0, 50] }).svg();
  for (const text of ['80', '50']) expect(svg).toContain(`>${text}<`);
});

it('draws logarithmic axes', async () => {
  const points = [1e-5, 1e-3, 1e-1].map((x) => ({ x, y: x }));
  const svg = await plotLines([{ name: 'loss', points }], { logX: true }).svg();
  expect(svg).toContain('>1e-4<');
});

it('draws dotted lines where told, and leaves out what a logarithmic axis has no place for', async () => {
  const points = [0, 1, 10].map((x) => ({ x, y: x }));
  const svg = await plotLines([{ name: 'loss', points }], { logX: true, logY: true, marks: [0, 2, 5] }).svg();
  expect(svg.match(/<line[^>]*stroke-dasharray="2,3"/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity/);
});

it('draws a matrix with the names and values of its cells, the highest in white on dark', async () => {
  const matrix = [
    [9, 1],
    [2, 0],
  ];
  const svg = await plotMatrix(matrix, {
    rows: ['cat', 'dog'],
    columns: ['cat', 'fox'],
    text: (n) => `${n}x`,
  }).svg();
  for (const text of ['cat', 'dog', 'fox', '9x', '1x', '2x', '0x']) expect(svg).toContain(`>${text}<`);
  expect(svg).toMatch(/fill="white"[^>]*>9x</);
  expect(svg).not.toMatch(/fill="white"[^>]*>2x</);
  const fills = [...svg.matchAll(/aria-roledescription="rect mark"[^>]*fill="rgb\((\d+)/g)].map(([, red]) =>
    Number(red),
  );
  expect(fills[0]).toBeLessThan(fills[2]!);
  expect(fills[2]).toBeLessThan(fills[3]!);
});

it('draws what Vega itself would', async () => {
  // Few labels, since Vega leaves some out where it takes them to be wider than they are.
  const x = { field: 'n', type: 'quantitative', title: 'how many', axis: { tickCount: 3 } };
  const bar = { mark: 'bar', encoding: { x } };
  const spec = { data: { values: [{ n: 3 }] }, hconcat: [bar, bar], title: 'T', config: { padding: 7 } };
  const view = new vega.View(vega.parse(compile(spec as TopLevelSpec, { config: figureTheme }).spec));
  expect(await new Figure(spec).svg()).toBe(await view.toSVG());
});

it('saves pictures in folders that it makes', async () => {
  const figure = plotLines(lines, { width: 200, height: 100 });
  const png = await figure.save(join(folder, 'plots', 'a.png'));
  const { format, width } = await sharp(png).metadata();
  expect(format).toBe('png');
  expect(width).toBeGreaterThan(400);
  await figure.save(join(folder, 'plots', 'a.svg'));
  expect(await readFile(join(folder, 'plots', 'a.svg'), 'utf8')).toMatch(/^<svg/);
  expect((await readdir(join(folder, 'plots'))).sort()).toEqual(['a.png', 'a.svg']);
});

it('shows pictures where they belong', async () => {
  const figure = await imageGrid([red, grey], { columns: 2, cellSize: 100 });
  expect(await figure.svg()).toContain('R &#38; B &#60;1&#62;');
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

it('sets a long title smaller, breaks one that is longer still, and cuts short what cannot be broken', async () => {
  const long = 'aTitleLongerThanAnyCellIsWide';
  const titles = ['short', 'a title longer than 80', 'a title longer than any / cell', long];
  const cells = titles.map((title) => ({ ...red, title }));
  const svg = await (await imageGrid(cells, { cellSize: 100 })).svg();
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

it('writes long names beside a matrix in full, and its axes close to them', async () => {
  const names = ['staffordshire_bull_terrier', 'american_pit_bull_terrier'];
  const matrix = [
    [0, 0],
    [0, 0],
  ];
  const svg = await plotMatrix(matrix, { rows: names, columns: names, yLabel: 'Actual' }).svg();
  for (const name of names) expect(svg.split(`>${name}<`)).toHaveLength(3);
  expect(Number(/width="([\d.]+)"/.exec(svg)![1])).toBeLessThan(2 * 16 + 24 + 170 + 2 * 44 + 20);
  // Where there is nothing, the lightest colour.
  expect(svg).toMatch(/aria-roledescription="rect mark"[^>]*fill="rgb\(247, 251, 255\)/);
});

it('says what it cannot draw', async () => {
  await expect(imageGrid([])).rejects.toThrow(ArgumentError);
  await expect(imageGrid([{ ...red, width: 3 }])).rejects.toThrow(/3 × 2 pixels.*12 bytes/);
  await expect(imageGrid([red], { columns: 0 })).rejects.toThrow(/columns.*got 0/);
  await expect(new Figure('<svg/>').save(join(folder, 'a.jpg'))).rejects.toThrow(/\.svg or \.png; got/);
  await expect(new Figure('<svg/>').png({ scale: 0 })).rejects.toThrow(/scale.*got 0/);
  expect(await readdir(folder)).toEqual([]);
});

it('draws a heat map: the lowest number dark, the highest light, unblurred, the first row on top', async () => {
  const rows = [
    [0, 1],
    [2, 4],
    [3, Number.NaN],
  ];
  const figure = await heatMap(rows, { xLabel: 'a < b', yLabel: 'c', width: 40, height: 60 });
  const svg = await figure.svg();
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

it('writes a title of several lines close above its picture, in its colour', async () => {
  const figure = await imageGrid([{ ...red, title: 'church\ndog', titleColour: 'green' }, red], {
    cellSize: 100,
  });
  const [first, second] = [...(await figure.svg()).matchAll(/<text[^>]* y="(\d+)"[^>]*fill="green">(\w+)</g)];
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

  it('a figure appears as soon as the value of a cell is written', async () => {
    const figures = [plotLines(lines), await imageGrid([red])];
    for (const figure of figures) expect(inspect(figure)).toBe('');
    expect(shown).toEqual(await Promise.all(figures.map((figure) => figure.svg())));
  });

  it('elsewhere it is a word', () => {
    delete kernel.__tslab__;
    expect(inspect(plotLines(lines))).toBe('Figure');
  });
});
