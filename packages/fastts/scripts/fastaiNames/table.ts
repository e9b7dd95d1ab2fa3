import { readFileSync } from 'node:fs';
import path from 'node:path';
import { notHere, renamed, usedDifferently } from './differences.js';
import { type Group, groups } from './groups.js';

/** The page, and the line below which it is generated. */
export const page = path.resolve(__dirname, '../../../../docs/from-fastai.md');
const marker = '<!-- Generated from here on by `npm run docs:names`. -->';

interface FastaiNames {
  fastai: string;
  names: Record<string, string[]>;
}

const { fastai, names } = JSON.parse(
  readFileSync(path.resolve(__dirname, '../../fixtures/fastai_names.json'), 'utf8'),
) as FastaiNames;

/** A name that is about training vision models. */
interface Row {
  name: string;
  module: string;
  /** The name here; absent where there is none. */
  place?: string;
  note?: string;
}

/** Looks all of fastai's names up among the exported ones; those that a group names itself are in that group anyway. */
export function lookUp(exported: ReadonlySet<string>): { rows: Row[]; others: Map<Group, string[]> } {
  const rows: Row[] = [];
  const others = new Map<Group, string[]>(groups.map((group) => [group, []]));
  for (const [module, list] of Object.entries(names)) {
    for (const name of list) {
      const row = { name, module, ...find(name, exported) };
      const group = groupOf(module, name);
      if (group && (group.names.includes(name) || !row.place)) others.get(group)!.push(name);
      else rows.push(row);
    }
  }
  return { rows, others };
}

/** The share of the names about training vision models that are here. */
export function shareDone(rows: readonly Row[]): number {
  return rows.filter(({ place }) => place).length / rows.length;
}

/** The page with its generated part up to date. */
export function pageWithTable(exported: ReadonlySet<string>): string {
  const text = readFileSync(page, 'utf8');
  const { rows, others } = lookUp(exported);
  const done = rows.filter(({ place }) => place);
  const different = done.filter(({ name, place, note }) => note !== undefined || !isSame(name, place));
  const lines = [
    marker,
    '',
    '## Names',
    '',
    `\`fastai.vision.all\` (fastai ${fastai}) has ${Object.values(names).flat().length} public names. ${rows.length} are about training ` +
      `vision models, and ${done.length} of these (${(100 * shareDone(rows)).toFixed(1)}%) are here. ${done.length - different.length} have the same name, in camelCase ` +
      'where fastai has underscores (`get_image_files`: `getImageFiles`), and are used as in fastai. The tables list the others. ' +
      'All names are in [fastai_names.json](../packages/fastts/fixtures/fastai_names.json), by module.',
    ...[...new Set(different.map(({ module }) => areaOf(module)))].flatMap((area) => [
      '',
      `### ${area}`,
      '',
      '| fastai | fastts | note |',
      '|---|---|---|',
      ...different
        .filter(({ module }) => areaOf(module) === area)
        .map(
          ({ name, place, note = '' }) => `| \`${name}\` | \`${place}\` | ${note.replaceAll('|', '\\|')} |`,
        ),
    ]),
    '',
    '## Not here',
    '',
    '| fastai | module | reason |',
    '|---|---|---|',
    ...rows
      .filter(({ place }) => !place)
      .map(({ name, module }) => `| \`${name}\` | \`${module}\` | ${notHere[name] ?? 'not built yet'} |`),
    '',
    '## Not about training vision models',
    ...[...others].flatMap(([group, list]) => [
      '',
      `### ${group.title} (${list.length})`,
      '',
      group.reason,
      '',
      ...membersOf(group, done),
    ]),
  ];
  return `${text.slice(0, text.indexOf(marker))}${lines.join('\n')}\n`;
}

function find(name: string, exported: ReadonlySet<string>): { place?: string; note?: string } {
  const [place, note] = [
    renamed[name] ?? [name, camelCase(name)].find((each) => exported.has(each)) ?? [],
  ].flat();
  return place !== undefined && exported.has(place) ? { place, note: note ?? usedDifferently[name] } : {};
}

function groupOf(module: string, name: string): Group | undefined {
  return (
    groups.find((group) => group.names.includes(name)) ??
    groups.find((group) => group.modules.some((each) => module === each || module.startsWith(`${each}.`)))
  );
}

/** What a group consists of: whole modules, except for the names from them that are here, and single names. */
function membersOf(group: Group, done: readonly Row[]): string[] {
  const code = (list: readonly string[]) => list.map((each) => `\`${each}\``).join(', ');
  const modules = group.modules.filter((module) => !module.includes(' '));
  const here = done.filter(({ module, name }) => groupOf(module, name) === group).map(({ name }) => name);
  const except = here.length > 0 ? `, except for these, which are here: ${code(here)}` : '';
  return [
    ...(modules.length > 0 ? [`All names from ${code(modules)}${except}.`] : []),
    ...(group.names.length > 0 ? [`${modules.length > 0 ? 'Also ' : ''}${code(group.names)}.`] : []),
  ];
}

/** The heading of a module's names: the module's first two parts. */
function areaOf(module: string): string {
  return module.includes(' ') ? 'Values' : module.split('.').slice(0, 2).join('.');
}

/** Whether a name is the same here, or the same in camelCase. */
function isSame(name: string, place: string | undefined): boolean {
  return place === name || place === camelCase(name);
}

function camelCase(name: string): string {
  return name.replace(/(?<=[^_])_+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}
