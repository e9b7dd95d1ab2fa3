import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The npm settings that matter for fetching a package, by the names that pacote knows them by. */
const FETCHING: Record<string, { option: string; of: 'text' | 'number' | 'truth' }> = {
  registry: { option: 'registry', of: 'text' },
  proxy: { option: 'proxy', of: 'text' },
  'https-proxy': { option: 'httpsProxy', of: 'text' },
  noproxy: { option: 'noProxy', of: 'text' },
  cert: { option: 'cert', of: 'text' },
  key: { option: 'key', of: 'text' },
  'local-address': { option: 'localAddress', of: 'text' },
  'strict-ssl': { option: 'strictSSL', of: 'truth' },
  offline: { option: 'offline', of: 'truth' },
  'prefer-offline': { option: 'preferOffline', of: 'truth' },
  'fetch-timeout': { option: 'timeout', of: 'number' },
  'fetch-retries': { option: 'fetchRetries', of: 'number' },
  'fetch-retry-factor': { option: 'fetchRetryFactor', of: 'number' },
  'fetch-retry-mintimeout': { option: 'fetchRetryMintimeout', of: 'number' },
  'fetch-retry-maxtimeout': { option: 'fetchRetryMaxtimeout', of: 'number' },
};

type Settings = Map<string, string | string[]>;

/**
 * The user's npm settings as options for pacote, so that what npm can fetch, we can: registry, proxy,
 * certificates and registry authentication, from the environment (`npm_config_*`), the `.npmrc` of the working
 * folder, the user's and the machine's, in npm's order of precedence.
 *
 * @param env the environment (default the process's)
 * @param folder where the project's `.npmrc` is (default the working folder)
 */
export async function npmSettings(
  env: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
): Promise<Record<string, unknown>> {
  const fromEnv = environmentSettings(env);
  const text = (name: string) => fromEnv.get(name) as string | undefined;
  const project = await readNpmrc(join(folder, '.npmrc'), env);
  const user = await readNpmrc(text('userconfig') ?? join(homedir(), '.npmrc'), env);
  const prefix = text('prefix') ?? (user.get('prefix') as string) ?? defaultPrefix();
  const machine = await readNpmrc(text('globalconfig') ?? join(prefix, 'etc', 'npmrc'), env);
  const settings: Settings = new Map([...machine, ...user, ...project, ...fromEnv]);

  const options: Record<string, unknown> = {};
  for (const [name, value] of settings) {
    const known = FETCHING[name];
    if (known) options[known.option] = converted(value, known.of);
    // A scope's registry, or what belongs to one registry only, such as its token: pacote reads these by name.
    else if (/^@.+:registry$/.test(name) || name.startsWith('//')) options[name] = value;
  }
  const ca = settings.get('ca');
  const cafile = settings.get('cafile');
  if (typeof cafile === 'string' && cafile !== '') options.ca = await certificates(cafile);
  else if (ca && ca !== 'null') options.ca = ca;
  const cache = settings.get('cache');
  if (typeof cache === 'string') options.cache = join(resolve(cache), '_cacache');
  return options;
}

function environmentSettings(env: NodeJS.ProcessEnv): Settings {
  const settings: Settings = new Map();
  for (const [variable, value] of Object.entries(env)) {
    const name = /^npm_config_(.+)$/i.exec(variable)?.[1];
    if (!name || !value) continue;
    // A registry's own settings (`//host/:_authToken`) and names that begin with _ keep their letters.
    settings.set(name.startsWith('//') ? name : name.toLowerCase().replace(/(?!^)_/g, '-'), value);
  }
  return settings;
}

/** Reads an npmrc: `name = value` lines, `name[] = value` for lists, `${VARIABLE}` in values. */
async function readNpmrc(path: string, env: NodeJS.ProcessEnv): Promise<Settings> {
  const settings: Settings = new Map();
  const lines = await readFile(path, 'utf8').then(
    (content) => content.split(/\r?\n/),
    () => [],
  );
  const expand = (text: string) =>
    text.replace(/\$\{([^}?]+)(\??)\}/g, (whole, name, optional) => env[name] ?? (optional ? '' : whole));
  for (const line of lines) {
    const [, left, right] = /^\s*([^;#=\s][^=]*?)\s*(?:=\s*(.*?)\s*)?$/.exec(line) ?? [];
    if (!left) continue;
    const name = expand(left);
    const value = expand(
      right === undefined ? 'true' : right.replace(/^(["'])(.*)\1$/, '$2').replaceAll('\\n', '\n'),
    );
    if (name.endsWith('[]'))
      settings.set(name.slice(0, -2), [...[settings.get(name.slice(0, -2)) ?? []].flat(), value]);
    else settings.set(name, value);
  }
  return settings;
}

function converted(value: string | string[], kind: 'text' | 'number' | 'truth'): unknown {
  if (value === 'null') return null;
  if (kind === 'number') return Number(value);
  return kind === 'truth' ? value === 'true' : value;
}

/** npm's: the folder above the one of the node that runs, on Windows that folder itself. */
function defaultPrefix(): string {
  const folder = dirname(process.execPath);
  return process.platform === 'win32' ? folder : dirname(folder);
}

async function certificates(cafile: string): Promise<string[] | undefined> {
  const end = '-----END CERTIFICATE-----';
  const text = await readFile(cafile, 'utf8').catch(() => '');
  const list = text.split(end).filter((one) => one.trim() !== '');
  return list.length > 0 ? list.map((one) => one.trimStart() + end) : undefined;
}
