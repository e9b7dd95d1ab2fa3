/** A path as it is typed in a shell: quoted if it has characters with a meaning there. */
export function shellQuoted(path: string, platform: NodeJS.Platform = process.platform): string {
  const argument = path.startsWith('-') ? `./${path}` : path;
  if (platform === 'win32') return /^[\w./:\\-]+$/.test(argument) ? argument : `"${argument}"`;
  return /^[\w./:-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
