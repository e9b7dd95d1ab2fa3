import { escapeXml } from '../escapeXml.js';
import { Figure } from './figure.js';
import { figureFont } from './figureTheme.js';

/** Attributes by name; undefined ones are omitted. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An SVG element. Numbers are rounded to hundredths, which is below what is visible. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined) return '';
    return ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value)}"`;
  });
  const start = `<${name}${written.join('')}`;
  return children.length > 0 ? `${start}>${children.join('')}</${name}>` : `${start}/>`;
}

/** A line of text. */
export function textElement(text: string, attributes: Attributes): string {
  return element('text', attributes, escapeXml(text));
}

/** Translates elements. */
export function moved(x: number, y: number, ...children: string[]): string {
  return element('g', { transform: `translate(${round(x)} ${round(y)})` }, ...children);
}

/** The `d` attribute of a path through points; a single point is a dot if line caps are round. */
export function pathThrough(points: readonly (readonly [x: number, y: number])[]): string {
  const [first, ...others] = points.map(([x, y]) => `${round(x)},${round(y)}`);
  return `M${first}${others.length > 0 ? `L${others.join(' ')}` : 'h0'}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** SVG elements with their size. */
export interface Drawing {
  svg: string;
  width: number;
  height: number;
}

/** A figure of drawings side by side, on a white background. */
export function figureOf(...drawings: readonly Drawing[]): Figure {
  const width = drawings.reduce((sum, drawing) => sum + drawing.width, 0);
  const height = Math.max(...drawings.map((drawing) => drawing.height));
  let left = 0;
  const placed = drawings.map((drawing) => {
    const x = left;
    left += drawing.width;
    return moved(x, 0, drawing.svg);
  });
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    'xmlns:xlink': 'http://www.w3.org/1999/xlink',
    width,
    height,
    viewBox: `0 0 ${round(width)} ${round(height)}`,
    'font-family': figureFont,
  };
  const background = element('rect', { width: '100%', height: '100%', fill: 'white' });
  return new Figure(element('svg', attributes, background, ...placed));
}
