import { type Figure, type ImageCell, imageGrid, type Learner, type RawImage } from '../index.js';
import { type Evaluation, evaluate, type Judged } from './evaluation.js';
import { type Html, html, Html as RawHtml } from './html.js';
import { reportStyle } from './reportStyle.js';

/** What a report says beside what the learner knows. */
export interface TrainingReportOptions {
  title: string;
  /** What the training was made with. */
  settings: Readonly<Record<string, string | number>>;
}

/** How many of the worst pictures and of the most confused pairs are shown. */
const WORST = 12;
const CONFUSED = 12;

/**
 * A page that says how the last fit of a classifier went: curves, the table of epochs, what it confuses, and the
 * validation pictures with the highest losses. It needs no other file.
 */
export async function trainingReport(
  learn: Learner,
  { title, settings }: TrainingReportOptions,
): Promise<string> {
  const evaluation = await evaluate(learn);
  const { judged, confusion } = evaluation;
  const right = judged.filter(({ actual, predicted }) => actual === predicted).length;
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new RawHtml(reportStyle)}</style>
<h1>${title}</h1>
<p><strong>${percent(right, judged.length)}</strong> of ${judged.length} validation pictures are right.</p>
<dl>${Object.entries(settings).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<h2>Training</h2>
<div class="figures">${await svg(learn.recorder.plotLoss())}${await svg(learn.recorder.plotSched())}</div>
${epochs(learn)}
<h2>What it confuses</h2>
${confusionTable(confusion, learn.dls.vocab)}
${mostConfused(confusion, learn.dls.vocab)}
<h2>Worst pictures</h2>
<p>Those with the highest losses: predicted, then what it is; the probability of what was predicted.</p>
<div class="figures">${await svg(await worstPictures(learn, evaluation))}</div>
`;
  return page.text;
}

function epochs({ recorder }: Learner): Html {
  const names = recorder.metricNames.filter((name) => name !== 'time');
  const rows = recorder.values.map((row, epoch) => [epoch, ...row.map((value) => value?.toFixed(4) ?? '')]);
  return html`<table><tr>${names.map((name) => html`<th>${name}</th>`)}</tr>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</table>`;
}

function confusionTable(confusion: readonly (readonly number[])[], vocab: readonly string[]): Html {
  const row = (counts: readonly number[], actual: number) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count, predicted) => {
      const share = total > 0 ? count / total : 0;
      const what = `${vocab[actual]} taken for ${vocab[predicted]}: ${count} of ${total}`;
      return html`<td class="${actual === predicted ? 'right' : 'wrong'}" style="--share:${share.toFixed(3)}" title="${what}">${count || ''}</td>`;
    });
    return html`<tr><th>${vocab[actual]!}</th>${cells}</tr>`;
  };
  return html`<div class="scroll"><table class="confusion"><caption>rows: what it is; columns: predicted</caption>
<tr><th></th>${vocab.map((label) => html`<th><span>${label}</span></th>`)}</tr>
${confusion.map(row)}</table></div>`;
}

function mostConfused(confusion: readonly (readonly number[])[], vocab: readonly string[]): Html {
  const pairs = confusion
    .flatMap((counts, actual) => counts.map((count, predicted) => ({ actual, predicted, count })))
    .filter(({ actual, predicted, count }) => actual !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, CONFUSED);
  if (pairs.length === 0) return html`<p>Nothing.</p>`;
  return html`<table><tr><th>it is</th><th>predicted</th><th>pictures</th></tr>
${pairs.map(({ actual, predicted, count }) => html`<tr><td>${vocab[actual]!}</td><td>${vocab[predicted]!}</td><td>${count}</td></tr>`)}</table>`;
}

async function worstPictures({ dls }: Learner, { judged }: Evaluation): Promise<Figure> {
  const worst = [...judged].sort((a, b) => b.loss - a.loss).slice(0, WORST);
  const dl = dls.testDl(
    worst.map(({ item }) => item),
    { bs: WORST, strict: true },
  );
  const batch = await dl.oneBatch();
  try {
    const shown = await dl.decodeBatch(batch, { maxN: WORST });
    return imageGrid(
      shown.map(([image], i) => cell(image as RawImage, worst[i]!, dls.vocab)),
      { columns: 4 },
    );
  } finally {
    batch[0].dispose();
  }
}

function cell(
  { data, width, height }: RawImage,
  { actual, predicted, probability }: Judged,
  vocab: readonly string[],
): ImageCell {
  return {
    pixels: data,
    width,
    height,
    title: `${vocab[predicted]} / ${vocab[actual]} ${percent(probability, 1)}`,
    titleColour: actual === predicted ? '#009e73' : '#d55e00',
  };
}

async function svg(figure: Figure): Promise<Html> {
  return new RawHtml(await figure.svg());
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)}%`;
}
