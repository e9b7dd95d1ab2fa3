// biome-ignore-all lint/correctness/noUndeclaredDependencies: the published package.json has the packages of platforms

/** A platform for which a binary is published, in the package `@fastts/native-<name>`. */
export interface Platform {
  readonly name: string;
  /** As in `process.platform`. */
  readonly os: NodeJS.Platform;
  /** As in `process.arch`. */
  readonly cpu: NodeJS.Architecture;
  /** The C library on Linux. */
  readonly libc?: 'glibc' | 'musl';
}

export const platforms = [
  { name: 'linux-x64-gnu', os: 'linux', cpu: 'x64', libc: 'glibc' },
  { name: 'linux-x64-musl', os: 'linux', cpu: 'x64', libc: 'musl' },
  { name: 'linux-arm64-gnu', os: 'linux', cpu: 'arm64', libc: 'glibc' },
  { name: 'linux-arm64-musl', os: 'linux', cpu: 'arm64', libc: 'musl' },
  { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64' },
  { name: 'darwin-x64', os: 'darwin', cpu: 'x64' },
  { name: 'win32-x64', os: 'win32', cpu: 'x64' },
  { name: 'win32-arm64', os: 'win32', cpu: 'arm64' },
] as const satisfies readonly Platform[];

export type PlatformName = (typeof platforms)[number]['name'];

/** The platform on which this process runs; undefined if no binary is published for it. */
export function currentPlatform(): PlatformName | undefined {
  const { platform, arch } = process;
  const found = platforms.find(
    ({ os, cpu, ...rest }) =>
      os === platform && cpu === arch && (!('libc' in rest) || rest.libc === currentLibc()),
  );
  return found?.name;
}

function currentLibc(): 'glibc' | 'musl' {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  const { excludeNetwork } = report;
  report.excludeNetwork = true; // finding the names of network addresses can take seconds
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = excludeNetwork;
  return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/**
 * The file of a platform's package; undefined if the package is not installed.
 *
 * The names are literal, so that tools that copy the files of a server, such as Next, find the package.
 */
export function publishedBinary(platform: PlatformName): string | undefined {
  try {
    switch (platform) {
      case 'linux-x64-gnu':
        return require('@fastts/native-linux-x64-gnu');
      case 'linux-x64-musl':
        return require('@fastts/native-linux-x64-musl');
      case 'linux-arm64-gnu':
        return require('@fastts/native-linux-arm64-gnu');
      case 'linux-arm64-musl':
        return require('@fastts/native-linux-arm64-musl');
      case 'darwin-arm64':
        return require('@fastts/native-darwin-arm64');
      case 'darwin-x64':
        return require('@fastts/native-darwin-x64');
      case 'win32-x64':
        return require('@fastts/native-win32-x64');
      case 'win32-arm64':
        return require('@fastts/native-win32-arm64');
    }
  } catch {
    return undefined;
  }
}
