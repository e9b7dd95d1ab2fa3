import type { Rng } from 'fastts';

/** The width and height of a scene, in its own units. A photo shows its middle. */
const side = 160;
const margin = 20;

/** The diseases as in Kaggle's `label_num_to_disease_map.json`; a picture's label is the index. */
export const diseases = [
  'Cassava Bacterial Blight (CBB)',
  'Cassava Brown Streak Disease (CBSD)',
  'Cassava Green Mottle (CGM)',
  'Cassava Mosaic Disease (CMD)',
  'Healthy',
];

/** A lobe of a leaf points up from (0, 0): its length, and its half width at the broadest place. */
interface Lobe {
  length: number;
  width: number;
}

/** Draws the symptoms on a lobe, of a severity from 0 to 1. */
type Symptoms = (rng: Rng, lobe: Lobe, severity: number) => string;

/** By label, in the order of `diseases`. */
const symptoms: readonly Symptoms[] = [blight, brownStreak, greenMottle, mosaic, () => ''];

/**
 * A photo of cassava leaves with a disease as SVG: one to four leaves of five to nine lobes before soil, grass or straw, in
 * any light. Leaves of all classes have spots of dust and some brown blemishes.
 *
 * @param label The index of a disease.
 * @param size Width and height in pixels.
 */
export function drawLeaf(rng: Rng, label: number, size: number): string {
  const leaves = 1 + rng.int(4);
  const severity = rng.uniform(0.45, 1);
  const drawn = Array.from({ length: leaves }, (_, i) => {
    // The last leaf is in front: it is large and near the middle, and always has the symptoms.
    const front = i === leaves - 1;
    const [x, y] = [0, 1].map(() => side * (front ? rng.uniform(0.35, 0.65) : rng.uniform(0, 1)));
    const length = side * (front ? rng.uniform(0.42, 0.62) : rng.uniform(0.25, 0.45));
    const isIll = front || rng.bernoulli(0.8);
    const place = `translate(${x} ${y}) rotate(${rng.uniform(0, 360)}) skewX(${rng.uniform(-18, 18)})`;
    const turned = `${place} scale(1 ${rng.uniform(0.75, 1)})`;
    return `<g transform="${turned}">${leaf(rng, length, label, isIll ? severity : 0, `leaf${i}`)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="${margin} ${margin} ${side - 2 * margin} ${side - 2 * margin}">`,
    background(rng),
    ...drawn,
    light(rng),
    '</svg>',
  ].join('\n');
}

function leaf(rng: Rng, length: number, label: number, severity: number, id: string): string {
  const lobes = 5 + 2 * rng.int(3);
  const spread = rng.uniform(85, 140);
  // Mosaic disease narrows and twists leaves.
  const twist = label === 3 ? severity : 0;
  const width = rng.uniform(0.11, 0.18) * (1 - 0.35 * twist);
  const color = hsl(rng.uniform(82, 128), rng.uniform(28, 60), rng.uniform(24, 42));
  const vein = hsl(rng.uniform(70, 100), 35, rng.uniform(50, 66));
  const stalk = rng.bernoulli(0.5) ? '#8a3b34' : vein;
  const drawn = Array.from({ length: lobes }, (_, i) => {
    const across = (2 * i) / (lobes - 1) - 1;
    const lobe: Lobe = {
      length: length * (1 - 0.4 * Math.abs(across) ** 1.5) * rng.uniform(0.9, 1.05),
      width: length * width * rng.uniform(0.85, 1.15),
    };
    const angle = across * spread + rng.normal() * (3 + 10 * twist);
    return drawLobe(rng, lobe, angle, { color, vein, label, severity, id: `${id}-${i}` });
  });
  // Those at the sides lie below the middle ones.
  const order = [...drawn.keys()].sort((a, b) => distance(b) - distance(a));
  function distance(i: number) {
    return Math.abs(i - (lobes - 1) / 2);
  }
  const curve = `M0 0Q${rng.uniform(-15, 15)} ${length * 0.5} ${rng.uniform(-30, 30)} ${length * 1.2}`;
  return `<path d="${curve}" fill="none" stroke="${stalk}" stroke-width="2.2"/>${order.map((i) => drawn[i]).join('')}`;
}

interface LobeLook {
  color: string;
  vein: string;
  label: number;
  severity: number;
  /** Unique in the drawing. */
  id: string;
}

function drawLobe(
  rng: Rng,
  lobe: Lobe,
  angle: number,
  { color, vein, label, severity, id }: LobeLook,
): string {
  const { length, width } = lobe;
  const bend = rng.normal() * width * 0.5;
  const [inner, outer] = [width * 0.5, width * 1.75];
  const outline = `M0 0C${inner} ${-length * 0.15} ${outer + bend} ${-length * 0.65} ${bend} ${-length}C${bend - outer} ${-length * 0.65} ${-inner} ${-length * 0.15} 0 0Z`;
  const midrib = `M0 0Q0 ${-length * 0.5} ${bend} ${-length}`;
  const side = veins(lobe).map(([t, s]) => `M0 ${-t * length}L${s * width * 0.9} ${-(t + 0.13) * length}`);
  return [
    `<g transform="rotate(${angle})">`,
    `<clipPath id="${id}"><path d="${outline}"/></clipPath>`,
    `<path d="${outline}" fill="${color}" stroke="#00000055" stroke-width="0.5"/>`,
    `<g clip-path="url(#${id})">`,
    // One half of a leaf reflects more light.
    `<path d="M0 0V${-length}H${2 * width}V0Z" fill="${rng.bernoulli(0.5) ? 'white' : 'black'}" opacity="${rng.uniform(0, 0.12)}"/>`,
    severity > 0 ? symptoms[label]!(rng, lobe, severity) : '',
    blemishes(rng, lobe),
    `<path d="${side.join('')}" fill="none" stroke="${vein}" stroke-width="0.4" opacity="0.7"/>`,
    `<path d="${midrib}" fill="none" stroke="${vein}" stroke-width="1"/>`,
    '</g></g>',
  ].join('');
}

/** Where the side veins begin on the midrib, from 0 to 1, and their side, −1 or 1. */
function veins({ length }: Lobe): [t: number, side: number][] {
  const count = Math.round(length / 7);
  return Array.from({ length: 2 * count }, (_, i) => [0.1 + (0.75 * (i >> 1)) / count, i % 2 === 0 ? -1 : 1]);
}

/** A random point of a lobe, and more often near its middle. */
function within(rng: Rng, { length, width }: Lobe): [x: number, y: number] {
  const t = rng.uniform(0.12, 0.95);
  const halfWidth = width * Math.sin(Math.PI * t ** 0.85);
  return [rng.uniform(-1, 1) * halfWidth, -t * length];
}

/** Bacterial blight: angular brown spots with a yellow margin, and dead tips. */
function blight(rng: Rng, lobe: Lobe, severity: number): string {
  const spots = Array.from({ length: Math.round(rng.uniform(2, 9) * severity) }, () => {
    const [x, y] = within(rng, lobe);
    const radius = rng.uniform(1.8, 4);
    return (
      blob(rng, x, y, radius * 1.6, 5, hsl(rng.uniform(48, 60), 60, 50), 0.6) +
      blob(rng, x, y, radius, 5, hsl(rng.uniform(20, 34), 45, rng.uniform(16, 28)), 0.9)
    );
  });
  if (!rng.bernoulli(0.6 * severity)) return spots.join('');
  const from = -lobe.length * rng.uniform(0.72, 0.9);
  const dead = (y: number, color: string) =>
    `<path d="M-30 ${y + rng.uniform(-4, 4)}L0 ${y - 5}L30 ${y + rng.uniform(-4, 4)}V${-lobe.length - 5}H-30Z" fill="${color}" opacity="0.85"/>`;
  return `${spots.join('')}${dead(from + 4, hsl(52, 55, 48))}${dead(from, hsl(rng.uniform(24, 36), 40, 30))}`;
}

/** Brown streak disease: yellow along the side veins, which runs together into larger areas. */
function brownStreak(rng: Rng, lobe: Lobe, severity: number): string {
  const color = hsl(rng.uniform(52, 64), rng.uniform(55, 75), rng.uniform(46, 58));
  return veins(lobe)
    .filter(() => rng.bernoulli(0.25 + 0.6 * severity))
    .map(([t, s]) => {
      const [x, y] = [s * lobe.width * rng.uniform(0.5, 1), -(t + 0.13) * lobe.length];
      return `<path d="M0 ${-t * lobe.length}L${x} ${y}" stroke="${color}" stroke-width="${rng.uniform(1.6, 3.4)}" stroke-linecap="round" opacity="${rng.uniform(0.35, 0.75)}"/>`;
    })
    .join('');
}

/** Green mottle: many faint specks, of a paler green. */
function greenMottle(rng: Rng, lobe: Lobe, severity: number): string {
  const color = hsl(rng.uniform(68, 86), rng.uniform(45, 65), rng.uniform(52, 64));
  return Array.from({ length: Math.round(lobe.length * rng.uniform(0.5, 1.1) * (0.3 + severity)) }, () => {
    const [x, y] = within(rng, lobe);
    return blob(rng, x, y, rng.uniform(0.8, 1.8), 5, color, rng.uniform(0.4, 0.8));
  }).join('');
}

/** Mosaic disease: large pale areas beside green ones. */
function mosaic(rng: Rng, lobe: Lobe, severity: number): string {
  const color = hsl(rng.uniform(62, 82), rng.uniform(40, 65), rng.uniform(56, 72));
  return Array.from({ length: Math.round(rng.uniform(4, 9) * (0.4 + severity)) }, () => {
    const [x, y] = within(rng, lobe);
    return blob(rng, x, y, rng.uniform(3, 7), 8, color, rng.uniform(0.4, 0.85));
  }).join('');
}

/** What a leaf of any class may have: dust, and holes that insects left. */
function blemishes(rng: Rng, lobe: Lobe): string {
  return Array.from({ length: rng.int(4) }, () => {
    const [x, y] = within(rng, lobe);
    const isDust = rng.bernoulli(0.5);
    const color = isDust ? hsl(40, 25, rng.uniform(55, 75)) : hsl(30, 40, rng.uniform(12, 30));
    return blob(rng, x, y, rng.uniform(0.4, 1.4), 6, color, rng.uniform(0.4, 0.9));
  }).join('');
}

/** A polygon around a point, whose corners are at about `radius` from it. */
function blob(
  rng: Rng,
  x: number,
  y: number,
  radius: number,
  corners: number,
  fill: string,
  opacity: number,
): string {
  const points = Array.from({ length: corners }, (_, i) => {
    const [angle, r] = [(2 * Math.PI * i) / corners, radius * rng.uniform(0.6, 1.3)];
    return `${x + r * Math.cos(angle)},${y + r * Math.sin(angle)}`;
  });
  return `<polygon points="${points.join(' ')}" fill="${fill}" opacity="${opacity}"/>`;
}

/** Soil, grass or straw: noise in shades of a color, and stalks out of focus. */
function background(rng: Rng): string {
  const [hue, saturation, brightness] = [
    [rng.uniform(15, 32), rng.uniform(25, 45), rng.uniform(18, 38)],
    [rng.uniform(75, 115), rng.uniform(20, 45), rng.uniform(18, 40)],
    [rng.uniform(35, 50), rng.uniform(25, 45), rng.uniform(40, 65)],
  ][rng.int(3)]!;
  const stalks = Array.from({ length: rng.int(12) }, () => {
    const [x, y, length] = [rng.uniform(0, side), rng.uniform(0, side), rng.uniform(20, 90)];
    const color = hsl(hue! + rng.uniform(-15, 25), saturation!, brightness! * rng.uniform(0.6, 1.7));
    const place = `translate(${x} ${y}) rotate(${rng.uniform(0, 360)})`;
    return `<ellipse transform="${place}" rx="${length / 2}" ry="${rng.uniform(1, 9)}" fill="${color}" opacity="0.6"/>`;
  });
  return [
    `<filter id="noise" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency="${rng.uniform(0.03, 0.25)}" numOctaves="3" seed="${rng.int(1000)}"/><feColorMatrix values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1.6 0 0 0 -0.4"/></filter>`,
    '<filter id="far"><feGaussianBlur stdDeviation="2.5"/></filter>',
    `<rect width="${side}" height="${side}" fill="${hsl(hue!, saturation!, brightness!)}"/>`,
    `<g filter="url(#far)">${stalks.join('')}</g>`,
    `<rect width="${side}" height="${side}" filter="url(#noise)" opacity="${rng.uniform(0.3, 0.7)}"/>`,
  ].join('');
}

/** Sun from one side, shade at the other, and a tint for the time of day. */
function light(rng: Rng): string {
  const [x, y] = [rng.uniform(0, 1), rng.uniform(0, 1)];
  const tint = rng.bernoulli(0.5) ? '#ffb347' : '#4a78c8';
  return [
    `<radialGradient id="sun" cx="${x}" cy="${y}" r="1"><stop offset="0" stop-color="white" stop-opacity="${rng.uniform(0, 0.4)}"/><stop offset="0.5" stop-color="black" stop-opacity="0"/><stop offset="1" stop-color="black" stop-opacity="${rng.uniform(0.1, 0.45)}"/></radialGradient>`,
    `<rect width="${side}" height="${side}" fill="url(#sun)"/>`,
    `<rect width="${side}" height="${side}" fill="${tint}" opacity="${rng.uniform(0, 0.15)}"/>`,
  ].join('');
}

function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${hue.toFixed(0)}, ${saturation.toFixed(0)}%, ${Math.min(lightness, 95).toFixed(0)}%)`;
}
