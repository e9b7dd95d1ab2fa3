const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const dialects = require('./flags.js');
const { run } = require('./toolchain.js');

const ADDON = 'fastts_native.node';

/** Built with a sanitizer: an addon that makes a fault when it is loaded. */
const FAULT_ADDON = 'fault.node';

module.exports = { ADDON, FAULT_ADDON, buildAddon, buildTests, sources };

const cpp = path.join(__dirname, '..', '..', 'cpp');
/** The only file that uses Node-API, which only Node provides: test programs are linked without it. */
const NODE_API = path.join(cpp, 'addon', 'addon.cc');

/** The C++ files and headers: those of the addon, and those of its tests, each of which is a program. */
function sources() {
  const all = fs
    .readdirSync(cpp, { recursive: true })
    .map((name) => path.join(cpp, String(name)))
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort();
  const isTest = (file) => path.relative(cpp, file).startsWith('test');
  return { addon: all.filter((file) => !isTest(file)), tests: all.filter(isTest) };
}

/** Builds the addon in the folder `out`, compiling only changed files; returns its objects as `{ source, object, log }`. */
async function buildAddon(toolchain, out) {
  const started = Date.now();
  const { units, compiled } = await compile(toolchain, sources().addon, path.join(out, 'obj'));
  const addon = path.join(out, ADDON);
  await link(toolchain, 'addon', units, addon);
  // The loader considers an addon up to date if it is newer than the sources.
  fs.utimesSync(addon, new Date(), new Date());
  if (compiled) {
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.error(`fastts: built the native engine in ${seconds} s`);
  }
  return units;
}

/**
 * Builds the addon and, from the same objects, the programs of `cpp/test`; with sanitizers also the addon `fault.node`.
 *
 * @returns The programs' paths, and the compiler's warnings on all files.
 */
async function buildTests(toolchain, out) {
  const shipped = await buildAddon(toolchain, out);
  const folder = path.join(out, 'test');
  const tests = await compile(toolchain, sources().tests, path.join(folder, 'obj'));
  const linked = shipped.filter(({ source }) => source !== NODE_API);
  const programs = [];
  for (const test of tests.units) {
    const name = path.basename(test.source, '.cc');
    const program = path.join(folder, toolchain.target.platform === 'win32' ? `${name}.exe` : name);
    await link(toolchain, 'program', [test, ...linked], program);
    programs.push(program);
    // Node loads this one too, which shows that it reports an addon's faults.
    if (toolchain.sanitize && name === 'fault') {
      await link(toolchain, 'addon', [test, ...linked], path.join(folder, FAULT_ADDON));
    }
  }
  const logs = [...shipped, ...tests.units].map(({ log }) => fs.readFileSync(log, 'utf8'));
  return { programs, warnings: logs.filter((log) => /\bwarning\b/.test(log)) };
}

/**
 * Compiles the sources among `files` that have no object in `folder` yet, and removes objects that are not needed any
 * more.
 */
async function compile(toolchain, files, folder) {
  fs.mkdirSync(folder, { recursive: true });
  const units = files
    .filter((file) => file.endsWith('.cc'))
    .flatMap((file) => unitsOf(toolchain, file, folder));
  const missing = units.filter(({ object }) => !fs.existsSync(object));
  // Large files first, so that one does not remain for a single core at the end.
  missing.sort((a, b) => fs.statSync(b.source).size - fs.statSync(a.source).size);
  const progress = showProgress(toolchain, missing.length);
  await inParallel(missing, os.availableParallelism(), async ({ object, log, args }) => {
    await toPlace(object, async (temporary) =>
      fs.promises.writeFile(log, await run(toolchain, args(temporary))),
    );
    progress();
  });
  const kept = new Set(units.flatMap(({ object, log }) => [object, log]));
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    if (!kept.has(file) && !name.includes('.tmp')) fs.rmSync(file, { force: true });
  }
  return { units, compiled: missing.length };
}

/** Says that files are compiled; returns a function to call after each, which counts them on a terminal. */
function showProgress(toolchain, count) {
  const { stderr } = process;
  const files = count === 1 ? '1 file' : `${count} files`;
  if (count > 0) console.error(`fastts: compiling the native engine, ${files}, with ${toolchain.name} …`);
  let done = 0;
  return () => {
    done++;
    if (stderr.isTTY) stderr.write(done < count ? `\r${done} of ${files}` : '\r\x1b[K');
  };
}

/**
 * The objects to compile a source to: one, or for a `*.isa.cc` file one per instruction set.
 *
 * Objects are named by the hash of all their inputs, so only changed files are compiled, and two processes that build
 * concurrently write the same files.
 */
function unitsOf(toolchain, source, folder) {
  const dialect = dialects[toolchain.dialect];
  const includes = [
    dialect.includeOurs(cpp),
    dialect.includeTheirs(require('node-api-headers').include_dir),
    dialect.includeTheirs(path.dirname(require.resolve('node-addon-api/package.json'))),
  ];
  const sets = source.endsWith('.isa.cc')
    ? Object.entries(dialect.isas[toolchain.target.arch] ?? { portable: [] })
    : [[null, []]];
  return sets.map(([isa, flags]) => {
    const defines = isa ? [`-DFASTTS_ISA_NS=${isa}`, `-DFASTTS_ISA_${isa.toUpperCase()}=1`] : [];
    const args = [...dialect.compile, ...flags, ...(toolchain.sanitize ?? []), ...defines, ...includes];
    const texts = closure(source).map((file) => fs.readFileSync(file, 'utf8'));
    const key = hash([toolchain.name, toolchain.version, ...args, ...texts]);
    const name = path.relative(cpp, source).replace(/[\\/]/g, '-').replace(/\.cc$/, '');
    const place = path.join(folder, `${name}${isa ? `.${isa}` : ''}.${key}`);
    return {
      source,
      object: `${place}.o`,
      log: `${place}.log`,
      args: (object) => [...args, ...dialect.output(source, object)],
    };
  });
}

/** `file` and all headers of this package that it includes, directly or indirectly. */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const included = [...fs.readFileSync(file, 'utf8').matchAll(/^#include "([^"]+)"/gm)]
    .map(([, name]) => path.join(cpp, name))
    .filter((each) => fs.existsSync(each));
  return [file, ...included.flatMap((each) => closure(each, seen))];
}

/** Links `units` to `file`, an `addon` or a `program`, unless it exists and was linked from the same objects. */
async function link(toolchain, kind, units, file) {
  const flagsOf = dialects[toolchain.dialect].link[kind];
  const flags = [...(flagsOf[toolchain.target.platform] ?? flagsOf.others), ...(toolchain.sanitize ?? [])];
  const objects = units.map(({ object }) => object);
  const key = hash([...objects, ...flags]);
  const stamp = `${file}.stamp`;
  if (fs.existsSync(file) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === key) return;
  // On Windows, an addon finds Node-API in the running Node by an import library.
  const isForNode = kind === 'addon' && toolchain.target.platform === 'win32';
  const libraries = isForNode ? [await importLibrary(toolchain, `${file}.lib`)] : [];
  await toPlace(file, async (temporary) => {
    if (toolchain.dialect === 'gnu') {
      await run(toolchain, [...objects, ...libraries, '-o', temporary, ...flags, ...(toolchain.link ?? [])]);
    } else {
      await run(toolchain, [...flags, ...objects, '/link', ...libraries, `/out:${temporary}`]);
    }
  });
  await toPlace(stamp, (temporary) => fs.promises.writeFile(temporary, key));
}

/** Writes the import library of Node-API to `file`. */
async function importLibrary(toolchain, file) {
  const definition = require('node-api-headers').def_paths.node_api_def;
  const [command, ...args] = toolchain.importLibrary(definition, file);
  await run(toolchain, args, command);
  return file;
}

/**
 * Calls `make` with a temporary path next to `place`, then syncs the file to the disk and renames it to `place`. What
 * builds left that were killed is removed.
 */
async function toPlace(place, make) {
  removeLeftovers(place);
  const temporary = `${place}.${process.pid}.tmp`;
  try {
    await make(temporary);
    const file = fs.openSync(temporary, 'r+');
    fs.fsyncSync(file);
    fs.closeSync(file);
    fs.renameSync(temporary, place);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

function removeLeftovers(place) {
  const prefix = `${path.basename(place)}.`;
  for (const name of fs.readdirSync(path.dirname(place))) {
    const [, pid] = (name.startsWith(prefix) && /^(\d+)\.tmp$/.exec(name.slice(prefix.length))) || [];
    if (pid && !isRunning(Number(pid))) fs.rmSync(path.join(path.dirname(place), name), { force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function inParallel(items, limit, work) {
  const queue = [...items];
  const lanes = Array.from({ length: Math.min(limit, queue.length) }, async () => {
    try {
      for (let item = queue.shift(); item; item = queue.shift()) await work(item);
    } catch (error) {
      queue.length = 0; // stop the other workers
      throw error;
    }
  });
  await Promise.all(lanes);
}

function hash(texts) {
  return createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16);
}
