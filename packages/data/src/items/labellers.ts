import type * as Path from 'node:path';
import { ArgumentError, named, nodePackage } from '@fastts/core';
import { LabelError } from '../errors.js';

/**
 * Labels a file with the name of the folder that it is in.
 *
 * Source: fastai `data/transforms.py`, `parent_label`.
 *
 * @example
 * parentLabel('imagenette2/train/n03028079/a.JPEG'); // 'n03028079'
 */
export function parentLabel(path: string): string {
  const { basename, dirname } = nodePackage<typeof Path>('node:path');
  return basename(dirname(path));
}
named('parentLabel')(parentLabel);

/**
 * Makes a labeller that labels an item with the first group of a regular expression.
 *
 * Source: fastai `data/transforms.py`, `RegexLabeller`.
 *
 * @param pattern matched against the item as text, with `/` between folders on every system
 * @param options.match only at the text's beginning, as Python's `re.match` (default false: anywhere)
 * @throws ArgumentError for a pattern that is no regular expression
 * @throws LabelError (when labelling) for an item that does not match
 * @example
 * const label = RegexLabeller(/([^/]+)_\d+\.jpg$/);
 * label('pets/great_pyrenees_17.jpg'); // 'great_pyrenees'
 */
export function RegexLabeller(
  pattern: RegExp | string,
  { match = false }: { match?: boolean } = {},
): (item: unknown) => string {
  const { source, flags } = toRegExp(pattern);
  const expression = new RegExp(match ? `^(?:${source})` : source, flags.replace(/[gy]/g, ''));
  return (item) => {
    const text = String(item).replaceAll(nodePackage<typeof Path>('node:path').sep, '/');
    const label = expression.exec(text)?.[1];
    if (label === undefined) {
      throw new LabelError(
        `The pattern /${source}/ finds no label in '${text}': give one whose first group does.`,
      );
    }
    return label;
  };
}

function toRegExp(pattern: RegExp | string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new ArgumentError(
      `${(cause as Error).message}: correct the pattern` +
        `${String(pattern).includes('(?P') ? '; what is (?P<name>…) in Python is (?<name>…) here' : ''}.`,
      { cause },
    );
  }
}
