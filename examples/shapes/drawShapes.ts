import path from 'node:path';
import { log, Rng } from 'fastts';
import fs from 'fs-extra';
import sharp from 'sharp';

const colors: Record<string, string> = {
  red: '#d62728',
  orange: '#ff8c1a',
  yellow: '#f2e635',
  green: '#2ca02c',
  cyan: '#2fd7e0',
  blue: '#2646d8',
  purple: '#8b3fc7',
  pink: '#ff9ad5',
  brown: '#7a4a24',
  white: '#f5f5f5',
};

/** Each shape as SVG of 20 by 20 units, centered at 0. */
const shapes: Record<string, string> = {
  circle: '<circle r="9"/>',
  square: '<rect x="-8" y="-8" width="16" height="16"/>',
  triangle: '<path d="M0-9 9 8H-9Z"/>',
  diamond: '<path d="M0-10 7 0 0 10-7 0Z"/>',
  star: '<path d="M0-10 3-3 10-2 4 3 6 10 0 6-6 10-4 3-10-2-3-3Z"/>',
  cross: '<path d="M-3-9H3V-3H9V3H3V9H-3V3H-9V-3H-3Z"/>',
  ring: '<path fill-rule="evenodd" d="M0-9A9 9 0 0 1 0 9 9 9 0 0 1 0-9M0-5A5 5 0 0 0 0 5 5 5 0 0 0 0-5"/>',
  bar: '<rect x="-10" y="-3" width="20" height="6"/>',
};

/** The class names of a mask's values. */
export const codes = ['background', ...Object.keys(shapes)];

const side = 96;
/** Shapes are placed in cells of a grid, so that none hides another. */
const cells = 3;
const most = 5;

/** A shape and its position. */
interface Placed {
  color: string;
  shape: string;
  transform: string;
}

const oneOf = (rng: Rng, from: object) => Object.keys(from)[rng.int(Object.keys(from).length)]!;

function place(rng: Rng): Placed[] {
  const free = rng.shuffle(Array.from({ length: cells * cells }, (_, cell) => cell));
  return free.slice(0, 1 + rng.int(most)).map((cell) => {
    const [x, y] = [cell % cells, Math.floor(cell / cells)].map(
      (index) => ((index + 0.5) * side) / cells + rng.uniform(-4, 4),
    );
    const [angle, scale] = [rng.uniform(-15, 15), rng.uniform(0.8, 1.3)];
    const transform = `translate(${x} ${y}) rotate(${angle}) scale(${scale})`;
    return { color: oneOf(rng, colors), shape: oneOf(rng, shapes), transform };
  });
}

/** The shapes on a gray background, each filled by `fill`. */
function render(placed: readonly Placed[], ground: number, fill: (placed: Placed) => string): sharp.Sharp {
  const drawn = placed.map(
    (each) => `<g fill="${fill(each)}" transform="${each.transform}">${shapes[each.shape]}</g>`,
  );
  const size = `width="${side}" height="${side}"`;
  const rect = `<rect ${size} fill="${gray(ground)}"/>`;
  // Crisp edges: a mask must not have values between two classes.
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size} shape-rendering="crispEdges">${rect}${drawn.join('')}</svg>`;
  return sharp(Buffer.from(svg));
}

const gray = (level: number) => `rgb(${level},${level},${level})`;

/**
 * Draws pictures of one to five colored shapes, of 80 kinds in all, into `folder/images`, and their masks, which
 * distinguish shapes but not colors, into `folder/masks`. Writes `folder/labels.csv` with the labels of each picture and
 * whether it is for validation. Does nothing if that file exists.
 */
export async function drawShapes(folder: string, count: number): Promise<void> {
  const csv = path.join(folder, 'labels.csv');
  if (await fs.pathExists(csv)) return;
  log(`drawing ${count} pictures in ${folder} …`);
  const [images, masks] = ['images', 'masks'].map((name) => path.join(folder, name));
  await Promise.all([fs.ensureDir(images), fs.ensureDir(masks)]);
  const rng = new Rng(42);
  const rows = ['fname,labels,isValid'];
  for (let i = 0; i < count; i++) {
    const placed = place(rng);
    const name = String(i).padStart(5, '0');
    await render(placed, 40 + rng.int(100), ({ color }) => colors[color])
      .jpeg({ quality: 85 })
      .toFile(path.join(images, `${name}.jpg`));
    await render(placed, 0, ({ shape }) => gray(codes.indexOf(shape)))
      .removeAlpha()
      .toColorspace('b-w')
      .png()
      .toFile(path.join(masks, `${name}.png`));
    const labels = new Set(placed.map(({ color, shape }) => `${color} ${shape}`));
    rows.push(`images/${name}.jpg,${[...labels].join(';')},${i % 5 === 0}`);
  }
  await fs.writeFile(csv, `${rows.join('\n')}\n`);
}
