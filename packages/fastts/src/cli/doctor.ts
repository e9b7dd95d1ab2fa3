import { cpus, totalmem } from 'node:os';
import { measurePeak, nativeInfo, nativeStatus } from '@fastts/native';
import { setQuiet, tryEngines, useEngine } from '../index.js';
import { version } from '../version.js';

/** Prints the machine, the engines, and why an engine does not start. */
export async function doctor(): Promise<void> {
  const [cpu] = cpus();
  say('fastts', version);
  say('Node', `${process.version}, ${process.platform} ${process.arch}`);
  say('machine', `${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} threads, ${gigabytes(totalmem())}`);
  const settings = Object.entries(process.env).filter(([name]) => name.startsWith('FASTTS_'));
  if (settings.length > 0) say('settings', settings.map(([name, value]) => `${name}=${value}`).join(' '));
  setQuiet(true);
  const trials = await tryEngines();
  const used = await useEngine();
  setQuiet(false);
  console.log('\nengines, in the order in which they are tried:');
  for (const { name, starts, reason } of trials) {
    const verdict = name === used ? 'is used' : starts ? 'starts' : 'does not start';
    say(`  ${name}`, `${verdict.padEnd(16)}${reason}`);
  }
  if (nativeStatus().available) {
    const { isa, threads } = nativeInfo();
    console.log();
    say('native', `instruction set ${isa}, ${threads} threads, at most ${measurePeak().toFixed(0)} GFLOP/s`);
  }
}

const LABEL_WIDTH = 14;

function say(label: string, text: string): void {
  console.log(`${label.padEnd(LABEL_WIDTH)}${text}`);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(0)} GiB`;
}
