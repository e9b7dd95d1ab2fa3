/**
 * A moment, in local time, as names of folders have it: `20260301_140509`.
 *
 * @param moment default now
 */
export function fileTime(moment = new Date()): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}
