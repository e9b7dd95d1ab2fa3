/** Fonts that are on most machines, in order of preference. */
export const figureFont = 'Inter, Helvetica, Arial, DejaVu Sans, sans-serif';

/** Colours of text. */
export const ink = { strong: '#1f2430', soft: '#5b6270', faint: '#e6e8ec' };

/** Colours of lines and areas: Okabe and Ito 2008, which colour-blind readers tell apart. */
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

/** How all charts look: Vega-Lite's `config`. */
export const figureTheme = {
  background: 'white',
  padding: 16,
  font: figureFont,
  view: { stroke: 'transparent' },
  range: { category: palette },
  mark: { color: palette[0] },
  title: { anchor: 'start' as const, fontSize: 16, fontWeight: 600 as const, color: ink.strong, offset: 14 },
  axis: {
    labelColor: ink.soft,
    labelFontSize: 11,
    titleColor: ink.soft,
    titleFontSize: 12,
    titleFontWeight: 'normal' as const,
    titlePadding: 10,
    gridColor: ink.faint,
    domainColor: ink.soft,
    tickColor: ink.soft,
    tickSize: 4,
    labelPadding: 6,
  },
  axisY: { domain: false, ticks: false },
  legend: {
    title: null,
    labelColor: ink.strong,
    labelFontSize: 12,
    symbolType: 'stroke',
    symbolStrokeWidth: 3,
    symbolSize: 180,
  },
};
