/**
 * A local time as used in folder names: `20260301_140509`.
 *
 * @param moment Default: now.
 */
export function fileTime(moment = new Date()): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}
