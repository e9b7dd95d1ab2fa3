/** Progress as text, such as `3/20 batches`; bytes as MB. */
export function amount(done: number, total: number, unit: string): string {
  if (unit !== 'bytes') return `${done}/${total}${unit && ` ${unit}`}`;
  return `${(done / 1e6).toFixed(1)}/${(total / 1e6).toFixed(1)} MB`;
}
