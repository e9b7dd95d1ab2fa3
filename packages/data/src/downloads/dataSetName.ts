import { node } from '@fastts/core';
import { DownloadError } from '../errors.js';
import { safeName, shortHash } from './safeName.js';

/** Names of what a URL downloads to. */
export interface DataSetName {
  /** Of the folder: the archive's name without its extension. */
  folder: string;
  /** Of the archive. */
  archive: string;
}

/**
 * The names for the archive at a URL. Whatever the URL is, each is one safe name, not a path.
 *
 * @throws DownloadError when it is not an HTTP URL.
 */
export function dataSetName(url: string): DataSetName {
  const { pathname, search } = parsed(url);
  const last = pathname
    .split('/')
    .at(-1)!
    .split(/%2f|%5c/i)
    .at(-1)!;
  const extension = /((\.tar)?\.(tgz|tar|zip|gz))?$/i.exec(last)![0];
  const stem = safeName(last.slice(0, last.length - extension.length));
  // `get?file=a` and `get?file=b` are two data sets; a query after an archive's name is a signature or similar.
  const isNamed = stem !== '' && (extension !== '' || search === '');
  const folder = isNamed ? stem : `${stem || 'archive'}-${shortHash(pathname + search)}`;
  return { folder, archive: folder + (extension.toLowerCase() || '.archive') };
}

function parsed(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed;
  const isUrl = parsed ? 'an HTTP URL' : 'a URL';
  throw new DownloadError(
    `'${node.path.basename(url) === url ? url : url.slice(0, 200)}' is not ${isUrl}: pass one such as URLs.IMAGENETTE_160 or https://….tgz.`,
  );
}
