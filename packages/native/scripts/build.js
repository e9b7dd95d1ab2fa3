/**
 * Builds the C++ addon, with what the machine has: `node scripts/build.js [--out FOLDER]`.
 *
 * It is the package's install script, and the loader calls it when an installed package has no binary (npm may skip
 * install scripts). Objects are named by the hash of all that goes into them, so only what changed is compiled, and two
 * processes that build at once write the same files, each through a temporary name.
 */
const { createHash } = require('node:crypto');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const cpp = path.join(root, 'cpp');
const ADDON = 'fastts_native.node';

/** Exit status that says "there is no compiler here". */
const NO_COMPILER = 3;

const isaFlags = {
  x64: {
    gnu: {
      portable: [],
      avx2: ['-mavx2', '-mfma', '-mf16c', '-mprfchw'],
      avx512: [
        '-mavx512f',
        '-mavx512bw',
        '-mavx512dq',
        '-mavx512vl',
        '-mfma',
        '-mavx2',
        '-mprefer-vector-width=512',
        '-mprfchw',
      ],
    },
    msvc: { portable: [], avx2: ['/arch:AVX2'], avx512: ['/arch:AVX512'] },
  },
  arm64: { gnu: { portable: [], neon: [] }, msvc: { portable: [], neon: [] } },
};

/** The binary that the package carries for this machine, whether or not it is there. */
function prebuiltPath() {
  return path.join(root, 'prebuilds', `${process.platform}-${process.arch}`, ADDON);
}

/** Where a build goes: the package's own folder, or the user's when that cannot be written. */
function buildFolder() {
  const own = path.join(root, 'build');
  try {
    fs.mkdirSync(own, { recursive: true });
    fs.accessSync(own, fs.constants.W_OK);
    return own;
  } catch {
    const { version } = require('../package.json');
    const home = process.env.FASTTS_HOME || path.join(os.homedir(), '.fastts');
    return path.join(home, 'native', `${version}-${process.platform}-${process.arch}`);
  }
}

/** True when no file under cpp/ is newer than the addon `file`. */
function isFresh(file) {
  const built = fs.statSync(file, { throwIfNoEntry: false });
  return (
    built !== undefined &&
    sources().headersAndSources.every((each) => fs.statSync(each).mtimeMs <= built.mtimeMs)
  );
}

module.exports = { ADDON, NO_COMPILER, buildFolder, isFresh, prebuiltPath };

if (require.main === module) main();

async function main() {
  const outAt = process.argv.indexOf('--out');
  const out = outAt > 0 ? path.resolve(process.argv[outAt + 1]) : buildFolder();
  if (outAt < 0 && loads(prebuiltPath())) return;
  const toolchain = findToolchain();
  if (!toolchain) {
    console.error(`fastts: no C++ compiler was found, so the fast engine is not built; ${remedy()}`);
    // An install goes on without the engine; the loader wants to know.
    process.exitCode = outAt > 0 ? NO_COMPILER : 0;
    return;
  }
  try {
    await build(toolchain, out);
  } catch (error) {
    console.error(`fastts: the fast engine could not be built with ${toolchain.name}: ${error.message}`);
    process.exitCode = outAt > 0 ? 1 : 0;
  }
}

function remedy() {
  const then = 'then run: npm rebuild @fastts/native';
  if (process.platform === 'darwin') return `to get one run: xcode-select --install; ${then}`;
  if (process.platform === 'win32') return `install Visual Studio Build Tools with the C++ workload; ${then}`;
  return `to get one run: apt-get install g++ (or your system's equivalent); ${then}`;
}

function loads(file) {
  if (!fs.existsSync(file)) return false;
  const check = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file], { stdio: 'ignore' });
  return check.status === 0;
}

/** Every C++ file of the addon, tests apart. */
function sources() {
  const all = fs
    .readdirSync(cpp, { recursive: true })
    .map((name) => path.join(cpp, String(name)))
    .filter((file) => !path.relative(cpp, file).startsWith('test'))
    .sort();
  return {
    units: all.filter((file) => file.endsWith('.cc')),
    headersAndSources: all.filter((file) => /\.(cc|h)$/.test(file)),
  };
}

function findToolchain() {
  return process.platform === 'win32' ? findMsvc() : findGnu();
}

function findGnu() {
  for (const name of [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean)) {
    const [command, ...first] = name.split(' ');
    const answer = spawnSync(command, [...first, '--version'], { encoding: 'utf8' });
    if (answer.status === 0) {
      return { kind: 'gnu', name, command, first, version: answer.stdout, env: process.env };
    }
  }
  return undefined;
}

/** Visual Studio's compiler, with the environment that its own vcvars script sets. Not tested on every version. */
function findMsvc() {
  const programs = process.env['ProgramFiles(x86)'] ?? 'C:\\Program Files (x86)';
  const vswhere = path.join(programs, 'Microsoft Visual Studio', 'Installer', 'vswhere.exe');
  const found = spawnSync(
    vswhere,
    [
      '-latest',
      '-products',
      '*',
      '-requires',
      'Microsoft.VisualStudio.Component.VC.Tools.x86.x64',
      '-property',
      'installationPath',
    ],
    { encoding: 'utf8' },
  );
  const installation = found.status === 0 ? found.stdout.trim() : '';
  if (!installation) return undefined;
  const vcvars = path.join(installation, 'VC', 'Auxiliary', 'Build', 'vcvarsall.bat');
  const shown = spawnSync(`"${vcvars}" ${process.arch === 'arm64' ? 'arm64' : 'x64'} >nul && set`, {
    shell: true,
    encoding: 'utf8',
  });
  if (shown.status !== 0) return undefined;
  const env = Object.fromEntries(
    shown.stdout
      .split(/\r?\n/)
      .map((line) => line.split(/=(.*)/s).slice(0, 2))
      .filter((pair) => pair.length === 2),
  );
  return { kind: 'msvc', name: 'cl', command: 'cl.exe', first: [], version: env.VCToolsVersion ?? '', env };
}

async function build(toolchain, out) {
  const started = Date.now();
  const objects = path.join(out, 'obj');
  fs.mkdirSync(objects, { recursive: true });
  const jobs = sources().units.flatMap((file) => compileJobs(toolchain, file, objects));
  const missing = jobs.filter((job) => !fs.existsSync(job.object));
  // Big files first, so that no core waits for the last one alone.
  missing.sort((a, b) => fs.statSync(b.file).size - fs.statSync(a.file).size);
  await inParallel(missing, os.availableParallelism(), (job) =>
    toPlace(job.object, (temporary) => run(toolchain, job.args(temporary))),
  );
  const linkedHash = hash(jobs.map((job) => job.object).join('\n') + linkFlags(toolchain).join(' '));
  const addon = path.join(out, ADDON);
  const stamp = path.join(out, 'stamp.txt');
  const linked =
    fs.existsSync(addon) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === linkedHash;
  if (!linked) {
    await toPlace(addon, (temporary) =>
      link(
        toolchain,
        jobs.map((job) => job.object),
        temporary,
      ),
    );
    await toPlace(stamp, (temporary) => fs.promises.writeFile(temporary, linkedHash));
  }
  fs.utimesSync(addon, new Date(), new Date());
  const kept = new Set(jobs.map((job) => path.basename(job.object)));
  for (const name of fs.readdirSync(objects)) {
    if (!kept.has(name) && !name.includes('.tmp')) fs.rmSync(path.join(objects, name), { force: true });
  }
  if (missing.length) {
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.error(
      `fastts: built the fast engine (${missing.length} of ${jobs.length} files) in ${seconds} s`,
    );
  }
}

/** One job a file; a `*.isa.cc` file has one for each instruction set. */
function compileJobs(toolchain, file, objects) {
  const perIsa = file.endsWith('.isa.cc')
    ? Object.entries(isaFlags[process.arch]?.[toolchain.kind] ?? { portable: [] })
    : [[null, []]];
  return perIsa.map(([isa, flags]) => {
    const define = isa ? [`-DFASTTS_ISA_NS=${isa}`, `-DFASTTS_ISA_${isa.toUpperCase()}=1`] : [];
    const args = [...commonFlags(toolchain), ...flags, ...define];
    const name = path.relative(cpp, file).replace(/[\\/]/g, '-').replace(/\.cc$/, '');
    const key = hash(
      [
        toolchain.name,
        toolchain.version,
        ...args,
        ...closure(file).map((each) => fs.readFileSync(each, 'utf8')),
      ].join('\n'),
    );
    const object = path.join(objects, `${name}${isa ? `.${isa}` : ''}.${key}.o`);
    const output = toolchain.kind === 'msvc' ? (to) => [`/Fo${to}`] : (to) => ['-o', to];
    return {
      file,
      object,
      args: (to) => [...args, toolchain.kind === 'msvc' ? '/c' : '-c', file, ...output(to)],
    };
  });
}

/** `file` and all the headers of ours that it includes, directly or not. */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const included = [...fs.readFileSync(file, 'utf8').matchAll(/^#include "([^"]+)"/gm)]
    .flatMap(([, name]) => [path.join(path.dirname(file), name), path.join(cpp, name)])
    .filter((each) => fs.existsSync(each));
  return [file, ...included.flatMap((each) => closure(each, seen))];
}

function commonFlags(toolchain) {
  const includes = [
    cpp,
    require('node-api-headers').include_dir,
    path.dirname(require.resolve('node-addon-api/package.json')),
  ].map((folder) => `-I${folder}`);
  const defines = [
    '-DNAPI_VERSION=8',
    '-DNAPI_CPP_EXCEPTIONS',
    '-DNODE_GYP_MODULE_NAME=fastts_native',
    '-DBUILDING_NODE_EXTENSION',
  ];
  if (toolchain.kind === 'msvc')
    return ['/nologo', '/O2', '/std:c++17', '/EHsc', '/MD', '/utf-8', ...includes, ...defines];
  return [
    '-std=c++17',
    '-O3',
    '-fPIC',
    '-pthread',
    '-fvisibility=hidden',
    // Results do not depend on errno or on floating-point traps, and loops with branches vectorise without them.
    '-fno-math-errno',
    '-fno-trapping-math',
    ...includes,
    ...defines,
  ];
}

function linkFlags(toolchain) {
  if (toolchain.kind === 'msvc') return ['/nologo', '/LD'];
  if (process.platform === 'darwin') return ['-bundle', '-undefined', 'dynamic_lookup', '-pthread'];
  return ['-shared', '-pthread', '-ldl'];
}

async function link(toolchain, objects, to) {
  if (toolchain.kind !== 'msvc') {
    await run(toolchain, [...objects, '-o', to, ...linkFlags(toolchain)]);
    return;
  }
  const library = `${to}.lib`;
  const machine = process.arch === 'arm64' ? 'arm64' : 'x64';
  const definition = require('node-api-headers').def_paths.node_api_def;
  await run({ ...toolchain, command: 'lib.exe' }, [
    '/nologo',
    `/def:${definition}`,
    `/machine:${machine}`,
    `/out:${library}`,
  ]);
  await run(toolchain, [...linkFlags(toolchain), ...objects, '/link', library, `/out:${to}`]);
}

function run(toolchain, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(toolchain.command, [...toolchain.first, ...args], { env: toolchain.env });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    child.stderr.on('data', (data) => (said += data));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${toolchain.command} failed\n${said}`)),
    );
  });
}

/** Has `make` write a temporary file beside `place`, then moves it there. */
async function toPlace(place, make) {
  const temporary = `${place}.${process.pid}.tmp`;
  try {
    await make(temporary);
    fs.renameSync(temporary, place);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

async function inParallel(items, limit, work) {
  const queue = [...items];
  const lanes = Array.from({ length: Math.min(limit, queue.length) }, async () => {
    try {
      for (let item = queue.shift(); item; item = queue.shift()) await work(item);
    } catch (error) {
      queue.length = 0; // the others need not go on
      throw error;
    }
  });
  await Promise.all(lanes);
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
