import { encodePng, isPixels, node, type Pixels } from '@fastts/core';

/** A cell of a {@link WandbTable}; pixels are shown as an image. */
export type WandbCell = string | number | boolean | null | Pixels;

/** A table of values and images. */
export interface WandbTable {
  columns: readonly string[];
  /** One list of cells per row, in the order of `columns`. */
  rows: readonly (readonly WandbCell[])[];
}

/**
 * A table as the files of an artifact, with its images.
 *
 * Source: wandb `sdk/data_types/table.py`, `Table.to_json`.
 *
 * @param name The name of the table's own file.
 */
export async function tableFiles(
  { columns, rows }: WandbTable,
  name: string,
): Promise<Record<string, Uint8Array>> {
  const images: Record<string, Uint8Array> = {};
  const data = await Promise.all(
    rows.map((row) =>
      Promise.all(
        row.map(async (cell) => {
          if (!isPixels(cell)) return cell;
          const png = await encodePng(cell);
          const sha256 = node.crypto.createHash('sha256').update(png).digest('hex');
          const path = `media/images/${sha256.slice(0, 20)}.png`;
          images[path] = png;
          const { width, height } = cell;
          return { _type: 'image-file', format: 'png', path, sha256, width, height };
        }),
      ),
    ),
  );
  const types = columns.map((column, k) => [column, columnType(rows.map((row) => row[k] ?? null))]);
  const table = {
    _type: 'table',
    column_types: { params: { type_map: Object.fromEntries(types) }, wb_type: 'typedDict' },
    columns,
    data,
    log_mode: 'IMMUTABLE',
    ncols: columns.length,
    nrows: rows.length,
  };
  return { [name]: Buffer.from(JSON.stringify(table)), ...images };
}

/** A table without its images, as W&B lists it among the run's files. */
export function tableSummary({ columns, rows }: WandbTable): Uint8Array {
  const data = rows.map((row) => row.map((cell) => (isPixels(cell) ? 'Image' : cell)));
  return Buffer.from(JSON.stringify({ columns, data }));
}

/** W&B's type of a column's values, which may be missing. */
function columnType(cells: readonly WandbCell[]): object {
  const kinds = new Set(cells.filter((cell) => cell !== null).map(kindOf));
  if (kinds.size === 0) kinds.add('unknown');
  const types = [...kinds, 'none'].sort().map((kind) => (kind === 'image-file' ? IMAGE : { wb_type: kind }));
  return { params: { allowed_types: types }, wb_type: 'union' };
}

function kindOf(cell: WandbCell): string {
  return isPixels(cell) ? 'image-file' : typeof cell;
}

const noMap = { params: { is_set: false, val: {} }, wb_type: 'const' };

/** The type of an image without boxes and masks. */
const IMAGE = {
  params: {
    box_class_maps: noMap,
    box_layers: noMap,
    box_score_keys: { params: { is_set: true, val: [] }, wb_type: 'const' },
    class_map: noMap,
    mask_class_maps: noMap,
    mask_layers: noMap,
  },
  wb_type: 'image-file',
};
