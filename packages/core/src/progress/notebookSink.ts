import { escapeXml } from '../escapeXml.js';
import type { ProgressBar, ProgressOptions, ProgressRow, ProgressSink } from './progress.js';
import { amount } from './progressAmount.js';

/** An area of a cell's output, redrawn by each call. */
export interface NotebookDisplay {
  html(text: string): void;
}

/** The part of the package `tslab` used here. It exists only in a notebook's kernel. */
interface Tslab {
  newDisplay(): NotebookDisplay;
}

/**
 * Whether the program runs in a notebook (tslab), whose process outlives it.
 *
 * @internal
 */
export function isNotebook(): boolean {
  return '__tslab__' in globalThis;
}

/** Creates areas in the output of the running notebook cell; `null` outside a notebook (tslab). */
export function notebookDisplays(): (() => NotebookDisplay) | null {
  const { __tslab__: kernel } = globalThis as { __tslab__?: { require(name: 'tslab'): Tslab } };
  return kernel ? () => kernel.require('tslab').newDisplay() : null;
}

/** Minimum time between redraws of a bar, in milliseconds: each redraw is a message to the page. */
const REDRAW_EVERY = 100;

/** Bars and tables that update in place, in the output of a notebook cell. */
export class NotebookSink implements ProgressSink {
  private table: { display: NotebookDisplay; rows: string[] } | null = null;

  constructor(private readonly newDisplay: () => NotebookDisplay) {}

  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  row({ cells, isHead }: ProgressRow): void {
    if (isHead || !this.table) this.table = { display: this.newDisplay(), rows: [] };
    const tag = isHead ? 'th' : 'td';
    this.table.rows.push(`<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`);
    this.table.display.html(`<table>${this.table.rows.join('')}</table>`);
  }

  bar({ total, label = '', unit = '' }: ProgressOptions): ProgressBar {
    const display = this.newDisplay();
    let drawn = 0;
    return {
      update(done, note = '') {
        const now = Date.now();
        if (now - drawn < REDRAW_EVERY && done < total) return;
        drawn = now;
        const text = [label, amount(done, total, unit), note].filter(Boolean).join(' · ');
        display.html(`<progress value="${done}" max="${total}"></progress> ${escapeXml(text)}`);
      },
      // An empty text would not replace the current output.
      stop: () => display.html('<span></span>'),
    };
  }
}
