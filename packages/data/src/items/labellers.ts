import { ArgumentError, named, node } from '@fastts/core';
import { LabelError } from '../errors.js';
import { composed } from './composed.js';

/**
 * Labels a file with the name of its folder.
 *
 * Source: fastai `data/transforms.py`, `parent_label`.
 *
 * @example
 * parentLabel('imagenette2/train/n03028079/a.JPEG'); // 'n03028079'
 */
export function parentLabel(path: string): string {
  return node.path.basename(node.path.dirname(path));
}
named('parentLabel')(parentLabel);

/**
 * Returns a labeler that uses the first group of a regular expression.
 *
 * Source: fastai `data/transforms.py`, `RegexLabeller`.
 *
 * @param pattern Matched against the item as text, with `/` as the path separator on every system, and accents composed
 *   (Unicode's NFC), however the file system spells them.
 * @param options.match Whether to match only at the start of the text, as Python's `re.match` does (default false).
 * @throws ArgumentError when the pattern is not a regular expression.
 * @throws LabelError (when labeling) when an item does not match.
 * @example
 * const label = RegexLabeller(/([^/]+)_\d+\.jpg$/);
 * label('pets/great_pyrenees_17.jpg'); // 'great_pyrenees'
 */
export function RegexLabeller(
  pattern: RegExp | string,
  { match = false }: { match?: boolean } = {},
): (item: unknown) => string {
  const { source, flags } = toRegExp(pattern);
  const expression = new RegExp(composed(match ? `^(?:${source})` : source), flags.replace(/[gy]/g, ''));
  return (item) => {
    const text = composed(String(item)).replaceAll(node.path.sep, '/');
    const label = expression.exec(text)?.[1];
    if (label === undefined) {
      throw new LabelError(
        `The pattern /${source}/ finds no label in '${text}': its first group must match the label.`,
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
        `${String(pattern).includes('(?P') ? '; write (?<name>…) instead of (?P<name>…)' : ''}.`,
      { cause },
    );
  }
}
