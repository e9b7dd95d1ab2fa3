import { relative } from 'node:path';
import { ClassificationInterpretation, type Figure, type Learner } from '../index.js';
import { Html, html } from './html.js';
import { reportStyle } from './reportStyle.js';

/** The parts of a report that are not taken from the learner. */
export interface TrainingReportOptions {
  /** The folder of the images. */
  folder: string;
  /** The settings of the training. */
  settings: Readonly<Record<string, string | number>>;
}

/** Number of top losses, and of most confused pairs, that are shown. */
const WORST = 12;
const CONFUSED = 12;

/**
 * A self-contained HTML report on the last fit of a classifier: curves, the table of epochs, the confusion matrix, and the
 * validation images with the highest losses.
 */
export async function trainingReport(
  learn: Learner,
  { folder, settings }: TrainingReportOptions,
): Promise<string> {
  const interp = await learn.noBar(() => ClassificationInterpretation.fromLearner(learn));
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${folder}</title>
<style>${new Html(reportStyle)}</style>
<h1>${folder}</h1>
${summary(interp)}
<dl>${Object.entries(settings).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<h2>Training</h2>
<div class="figures">${svg(learn.recorder.plotLoss())}${svg(learn.recorder.plotSched())}</div>
${epochs(learn)}
<h2>Confusion matrix</h2>
${confusionTable(interp)}
${mostConfused(interp)}
<h2>Highest losses</h2>
<div class="worst">${svg(await interp.plotTopLosses(WORST, { columns: 4 }))}</div>
${worstFiles(interp, folder)}
`;
  return page.text;
}

type Interpretation = ClassificationInterpretation;

function summary(interp: Interpretation): Html {
  const all = interp.losses.length;
  const right = interp.confusionMatrix().reduce((sum, row, i) => sum + row[i]!, 0);
  return html`<p><strong>${((100 * right) / all).toFixed(1)}%</strong> of ${all} validation pictures are correct.</p>`;
}

function epochs({ recorder }: Learner): Html {
  const names = recorder.metricNames.filter((name) => name !== 'time');
  const rows = recorder.values.map((row, epoch) => [epoch, ...row.map((value) => value?.toFixed(4) ?? '')]);
  return html`<table><tr>${names.map((name) => html`<th>${name}</th>`)}</tr>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</table>`;
}

function confusionTable(interp: Interpretation): Html {
  const { vocab } = interp;
  const row = (counts: readonly number[], actual: number) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count, predicted) => {
      const what = `${vocab[actual]} predicted as ${vocab[predicted]}: ${count} of ${total}`;
      const color = actual === predicted ? 'right' : 'wrong';
      const share = total > 0 ? count / total : 0;
      return html`<td class="${color}" style="--share:${share.toFixed(3)}" title="${what}">${count || ''}</td>`;
    });
    return html`<tr><th>${vocab[actual]!}</th>${cells}</tr>`;
  };
  return html`<div class="scroll"><table class="confusion"><caption>rows: actual; columns: predicted</caption>
<tr><th></th>${vocab.map((label) => html`<th><span>${label}</span></th>`)}</tr>
${interp.confusionMatrix().map(row)}</table></div>`;
}

function mostConfused(interp: Interpretation): Html {
  const confused = interp.mostConfused().slice(0, CONFUSED);
  if (confused.length === 0) return html`<p>No wrong predictions.</p>`;
  const cells = (row: readonly (string | number)[]) =>
    html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`;
  return html`<table><tr><th>actual</th><th>predicted</th><th>pictures</th></tr>${confused.map(cells)}</table>`;
}

/** The paths of the images with the highest losses, in the order shown: some may just be in the wrong folder. */
function worstFiles(interp: Interpretation, folder: string): Html {
  const [losses, , files] = interp.topLosses(WORST);
  const rows = files.map(
    (file, i) => html`<tr><td>${relative(folder, String(file))}</td><td>${losses[i]!.toFixed(2)}</td></tr>`,
  );
  return html`<div class="scroll"><table><tr><th>file</th><th>loss</th></tr>${rows}</table></div>`;
}

function svg(figure: Figure): Html {
  return new Html(figure.svg());
}
