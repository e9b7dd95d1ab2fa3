/** Fonts installed on most machines, in order of preference. */
export const figureFont = 'Inter, Helvetica, Arial, DejaVu Sans, sans-serif';

/** Colors of text. */
export const ink = { strong: '#1f2430', soft: '#5b6270', faint: '#e6e8ec' };

/** Colors of lines and areas: the color-blind-safe palette of Okabe and Ito 2008. */
export const palette = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#d55e00',
  '#cc79a7',
  '#56b4e9',
  '#f0c000',
  '#5b6270',
];

/** From lowest to highest: ColorBrewer's Blues, as in fastai's confusion matrices. */
export const blues = colorMap('f7fbff deebf7 c6dbef 9ecae1 6baed6 4292c6 2171b5 08519c 08306b');

/** From dark to light: matplotlib's viridis, which is ordered for color-blind readers too. */
export const viridis = colorMap(
  '440154 481a6c 472f7d 414487 39568c 31688e 2a788e 23888e 1f988b 22a884 35b779 54c568 7ad151 a5db36 d2e21b fde725',
);

/** From dark to light: matplotlib's magma, whose low end darkens and high end lights up what it is drawn over. */
export const magma = colorMap(
  '000004 0b0924 20114b 3b0f70 57157e 721f81 8c2981 a8327d c43c75 de4968 f1605d fa7f5e fe9f6d febf84 fddea0 fcfdbf',
);

/** Red, green and blue, each from 0 to 255. */
export type Rgb = [red: number, green: number, blue: number];

/** Interpolates evenly spaced colors at a fraction from 0 to 1. */
function colorMap(hexes: string): (share: number) => Rgb {
  const stops = hexes.split(' ').map(rgbOf);
  return (share) => {
    const place = share * (stops.length - 1);
    const before = Math.min(Math.floor(place), stops.length - 2);
    const [from, to] = [stops[before]!, stops[before + 1]!];
    const between = (channel: 0 | 1 | 2) =>
      Math.round(from[channel] + (to[channel] - from[channel]) * (place - before));
    return [between(0), between(1), between(2)];
  };
}

/**
 * The color of text on a background: white or the dark ink, whichever has the higher contrast.
 *
 * Source: WCAG 2.2, "contrast ratio" and "relative luminance".
 */
export function inkOn(background: Rgb): string {
  const luminance = luminanceOf(background);
  const ofWhite = 1.05 / (luminance + 0.05);
  const ofInk = (luminance + 0.05) / (luminanceOf(rgbOf(ink.strong.slice(1))) + 0.05);
  return ofWhite > ofInk ? 'white' : ink.strong;
}

function luminanceOf(color: Rgb): number {
  const linear = (channel: number) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const [red, green, blue] = color;
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Parses a color of six hexadecimal digits. */
export function rgbOf(hex: string): Rgb {
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [channel(0), channel(2), channel(4)];
}
