import { FileGetter, type GetFilesOptions, getFiles } from '@fastts/data';

/** Extensions of image files, in the formats that can be read; `.heic` and `.heif` need the package `heic-decode`. */
export const imageExtensions: readonly string[] = [
  ...['.avif', '.bmp', '.gif', '.heic', '.heif', '.jfif', '.jpe', '.jpeg', '.jpg'],
  ...['.pbm', '.pgm', '.png', '.pnm', '.ppm', '.tif', '.tiff', '.webp'],
];

/**
 * The image files in a folder and its subfolders, sorted by name within each folder.
 *
 * Source: `get_image_files` of fastai `data/transforms.py`.
 *
 * @param path The folder.
 * @throws EmptySourceError when the folder does not exist or contains no image.
 * @example
 * getImageFiles('shapes', { folders: ['train', 'valid'] });
 */
export function getImageFiles(path: string, options: Omit<GetFilesOptions, 'extensions'> = {}): string[] {
  return getFiles(path, { ...options, extensions: imageExtensions });
}

/**
 * Returns a `getItems` that finds the image files in the subfolder `suffix` of the source.
 *
 * Source: `ImageGetter` of fastai `data/transforms.py`.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), CategoryBlock()], getItems: ImageGetter('images'), getY: parentLabel });
 */
export function ImageGetter(
  suffix: string,
  options: Omit<GetFilesOptions, 'extensions'> = {},
): (path: string) => string[] {
  return FileGetter(suffix, { ...options, extensions: imageExtensions });
}
