import { node } from '@fastts/core';
import { ClassificationInterpretation, escapeXml, type Figure, type Label, type Learner } from '../index.js';

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

const STYLE = `
body { font: 15px/1.5 Inter, Helvetica, Arial, sans-serif; color: #1f2430; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin-top: 2.5rem; border-bottom: 1px solid #e6e8ec; padding-bottom: .3rem; }
dl { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; color: #5b6270; }
dt, dd { display: inline; margin: 0 .4rem 0 0; } dd { color: #1f2430; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #e6e8ec; font-weight: normal; }
th { color: #5b6270; } td:first-child, th:first-child { text-align: left; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; } .figures svg { max-width: 100%; height: auto; }
.worst, .scroll { overflow-x: auto; } .worst svg { min-width: 40rem; max-width: 100%; height: auto; }
#maps:not(:checked) ~ .worst .heat { display: none; } .worst .heat:hover { opacity: 0; }
.confusion caption { text-align: left; color: #5b6270; caption-side: top; }
.confusion td { text-align: center; min-width: 1.6rem; padding: .25rem; border: 1px solid #fff; }
.confusion th { text-align: right; } .confusion th span { writing-mode: vertical-rl; rotate: 180deg; }
.confusion .right { background: rgb(0 114 178 / var(--share)); } .confusion .wrong { background: rgb(213 94 0 / calc(var(--share) * 2)); }
`;

/**
 * A self-contained HTML report on the last fit of a classifier: curves, the table of epochs, the confusion matrix, and the
 * validation images with the highest losses, with their Grad-CAM over them, which can be turned off.
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
<style>${new Html(STYLE)}</style>
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
<input type="checkbox" id="maps" checked>
<label for="maps">Grad-CAM: the network saw the class that it predicted in the light areas; point at a picture to see it without</label>
<div class="worst">${svg(await interp.plotTopLosses(WORST, { columns: 4, gradCam: true }))}</div>
${worstFiles(interp, folder)}
`;
  return page.text;
}

type Interpretation = ClassificationInterpretation;

function summary(interp: Interpretation): Html {
  const all = interp.losses.length;
  const right = interp.confusionMatrix().reduce((sum, row, i) => sum + row[i]!, 0);
  return html`<p><strong>${((100 * right) / all).toFixed(1)}%</strong> of ${all} validation images are classified correctly.</p>`;
}

function epochs({ recorder }: Learner): Html {
  const names = recorder.metricNames.filter((name) => name !== 'time');
  const rows = recorder.values.map((row, epoch) => [epoch, ...row.map((value) => value?.toFixed(4) ?? '')]);
  return html`<table><tr>${names.map((name) => html`<th>${name}</th>`)}</tr>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</table>`;
}

function confusionTable(interp: Interpretation): Html {
  const vocab = interp.vocab.map(String);
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
  const cells = (row: readonly Label[]) =>
    html`<tr>${row.map((cell) => html`<td>${String(cell)}</td>`)}</tr>`;
  return html`<table><tr><th>actual</th><th>predicted</th><th>images</th></tr>${confused.map(cells)}</table>`;
}

/** The paths of the images with the highest losses, in the order shown: some may just be in the wrong folder. */
function worstFiles(interp: Interpretation, folder: string): Html {
  const [losses, , files] = interp.topLosses(WORST);
  const rows = files.map(
    (file, i) =>
      html`<tr><td>${node.path.relative(folder, String(file))}</td><td>${losses[i]!.toFixed(2)}</td></tr>`,
  );
  return html`<div class="scroll"><table><tr><th>file</th><th>loss</th></tr>${rows}</table></div>`;
}

function svg(figure: Figure): Html {
  return new Html(figure.svg());
}

/** HTML text. Interpolated values are escaped, except instances of this class. */
class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | readonly Part[];

/** Tag of HTML templates: html`<b>${label}</b>`. */
function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, i) => text + (i < parts.length ? textOf(parts[i]!) : '')).join(''));
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join('');
  return escapeXml(String(part));
}
