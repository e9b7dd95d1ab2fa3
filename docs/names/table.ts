import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Group, groups } from './groups.js';
import { notHere } from './notHere.js';
import { renamed } from './renamed.js';

/** The page, and what in it separates what people write from the table. */
export const page = path.resolve(__dirname, '../from-fastai.md');
const marker = '<!-- What follows is written by `npm run docs:names`. -->';

interface FastaiNames {
  fastai: string;
  names: Record<string, string[]>;
}

const { fastai, names } = JSON.parse(
  readFileSync(path.resolve(__dirname, '../../packages/fastts/fixtures/fastai_names.json'), 'utf8'),
) as FastaiNames;

/** What became of a name that is about training vision models. */
interface Row {
  name: string;
  module: string;
  /** Where it is here; absent where it is not. */
  place?: string;
  how?: string;
}

/** Looks all of fastai's names up among those that are exported here. */
export function lookUp(exported: ReadonlySet<string>): { rows: Row[]; others: Map<Group, string[]> } {
  const rows: Row[] = [];
  const others = new Map<Group, string[]>();
  for (const [module, name] of Object.entries(names).flatMap(([m, list]) =>
    list.map((n) => [m, n] as const),
  )) {
    const row = { name, module, ...find(name, exported) };
    const group = groupOf(module, name);
    if (group && !row.place) others.set(group, [...(others.get(group) ?? []), name]);
    else rows.push(row);
  }
  return { rows, others };
}

/** The share of the names that are about training vision models that are here. */
export function shareDone(rows: readonly Row[]): number {
  return rows.filter(({ place }) => place).length / rows.length;
}

/** The page with its table as it should be. */
export function pageWithTable(exported: ReadonlySet<string>): string {
  const text = readFileSync(page, 'utf8');
  const { rows, others } = lookUp(exported);
  const done = rows.filter(({ place }) => place);
  const missing = rows.filter(({ place }) => !place);
  const lines = [
    marker,
    '',
    `## Names`,
    '',
    `Of the ${Object.values(names).flat().length} public names of \`fastai.vision.all\` (fastai ${fastai}), ${rows.length} are about training ` +
      `vision models. ${done.length} of these (${(100 * shareDone(rows)).toFixed(1)}%) are here. The others, among them torchvision's networks beside its ResNets, follow ` +
      'by what they are about, with the reason.',
    ...[...new Set(done.map(({ module }) => module))].flatMap((module) => [
      '',
      `### ${module.startsWith('a ') ? `Values: ${module}` : module}`,
      '',
      '| fastai | fastts | |',
      '|---|---|---|',
      ...done
        .filter((row) => row.module === module)
        .map(({ name, place, how = '' }) => `| \`${name}\` | \`${place}\` | ${how} |`),
    ]),
    '',
    '## Not here',
    '',
    '| fastai | module | why |',
    '|---|---|---|',
    ...missing.map(({ name, module }) => `| \`${name}\` | ${module} | ${notHere[name] ?? 'not built yet'} |`),
    '',
    '## About something else',
    ...[...others].flatMap(([{ title, reason }, list]) => [
      '',
      `### ${title} (${list.length})`,
      '',
      reason,
      '',
      list.map((name) => `\`${name}\``).join(' '),
    ]),
  ];
  return `${text.slice(0, text.indexOf(marker))}${lines.join('\n')}\n`;
}

function find(name: string, exported: ReadonlySet<string>): { place?: string; how?: string } {
  const [place, how] = [renamed[name] ?? [name, camelCase(name)].find((n) => exported.has(n)) ?? []].flat();
  return place !== undefined && exported.has(place) ? { place, how } : {};
}

function groupOf(module: string, name: string): Group | undefined {
  return (
    groups.find((group) => group.names?.includes(name)) ??
    groups.find((group) => group.modules.some((prefix) => module === prefix || module.startsWith(prefix)))
  );
}

function camelCase(name: string): string {
  return name.replace(/(?<=[^_])_+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}
