/**
 * Enlarges a map by bilinear interpolation between the centers of its cells.
 *
 * Source: PyTorch `nn.functional.interpolate` with `mode='bilinear'`.
 */
export function enlarge(map: readonly (readonly number[])[], height: number, width: number): number[][] {
  const columns = places(map[0]!.length, width);
  return places(map.length, height).map(({ before, after, share }) =>
    columns.map((column) => {
      const across = (row: readonly number[]) =>
        row[column.before]! * (1 - column.share) + row[column.after]! * column.share;
      return across(map[before]!) * (1 - share) + across(map[after]!) * share;
    }),
  );
}

/** Between which two of `from` cells each of `to` pixels lies, and how far from the first. */
function places(from: number, to: number): { before: number; after: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const before = Math.min(Math.floor(place), from - 1);
    return { before, after: Math.min(before + 1, from - 1), share: place - before };
  });
}
