import type { Data } from './data.js';
import type { Options } from './options.js';
import { duration } from './overallProgress.js';
import { FIVE_MINUTES, type Plan, secondsOf } from './plan.js';

/** The setup in one line. */
export function describeSetup({ archName, bs, seeds }: Options, data: Data, plan: Plan): string {
  const { size, epochs, pct, train, valid } = plan;
  const share = `${train} training and ${valid} validation pictures of ${data.name} (${percent(pct)}%)`;
  const setup = `${share} at ${size} px, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, ${archName}, batches of ${bs}`;
  return seeds.length === 1
    ? `${setup}, seed ${seeds[0]}`
    : `${setup}, ${seeds.length} seeds from ${seeds[0]}`;
}

/** What the run will do, and how long that should take, in lines. */
export function describePlan(options: Options, data: Data, plan: Plan): string[] {
  const { only, seeds, full } = options;
  const one = secondsOf(plan);
  const models = `${only.length * seeds.length} models, one per technique${seeds.length > 1 ? ' and seed' : ''}`;
  const { size, epochs, pct } = plan;
  const lines = [
    `The plan: ${describeSetup(options, data, plan)}.`,
    `Expected: ${duration(one * seeds.length)} for ${models}.`,
  ];
  if (!options.size || !options.epochs || !options.pct) {
    lines.push(`The same again: --data ${data.name} --size ${size} --epochs ${epochs} --pct ${pct}`);
  }
  if (one > FIVE_MINUTES && !full) {
    const isChosen = !options.size && !options.epochs && !options.pct;
    const reason = isChosen ? 'on this machine, even with this little' : 'with these options';
    const over = duration(one - FIVE_MINUTES);
    lines.push(`That is ${over} more than five minutes ${reason}; --only NAMES runs fewer sections.`);
  }
  return lines;
}

function percent(share: number): string {
  return String(Number((100 * share).toPrecision(3)));
}
