/**
 * Builds the C++ addon with the machine's compiler: `node scripts/build.js [--out FOLDER] [--tests] [--sanitize NAMES]`.
 *
 * It is the package's install script, and the loader runs it when an installed package has no binary (npm may skip
 * install scripts). With `--tests` it also builds the programs of `cpp/test` from the addon's own objects, prints
 * their paths, and fails if there are compiler warnings. `--sanitize address,undefined` or `--sanitize thread` compiles
 * with these sanitizers; `npm run test:sanitized` runs tests on the result.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { ADDON, FAULT_ADDON, buildAddon, buildTests, sources } = require('./addon/compile.js');
const { sanitized, sanitizerRuntimes } = require('./addon/sanitizers.js');
const { findToolchain } = require('./addon/toolchain.js');

const root = path.join(__dirname, '..');

/** Exit status if no compiler was found. */
const NO_COMPILER = 3;

module.exports = {
  ADDON,
  FAULT_ADDON,
  NO_COMPILER,
  buildFolder,
  findToolchain,
  isFresh,
  prebuiltPath,
  sanitizerRuntimes,
};

if (require.main === module) main();

/** The path of the prebuilt binary for this machine, which may not exist. */
function prebuiltPath() {
  return path.join(root, 'prebuilds', `${process.platform}-${process.arch}`, ADDON);
}

/** The folder for builds: the package's own, or one in the user's home folder if that is not writable. */
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

/**
 * Whether the addon `file` exists and, in a checkout, is newer than its sources. Those of an installed package do not
 * change, but copying it, as Next does for a standalone server, gives its files new times.
 */
function isFresh(file) {
  const built = fs.statSync(file, { throwIfNoEntry: false });
  if (built === undefined) return false;
  const isInstalled = root.split(path.sep).includes('node_modules');
  return isInstalled || sources().addon.every((each) => fs.statSync(each).mtimeMs <= built.mtimeMs);
}

async function main() {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, tests: { type: 'boolean' }, sanitize: { type: 'string' } },
  });
  // An install continues without the engine; an explicit build fails.
  const isInstall = values.out === undefined && !values.tests && values.sanitize === undefined;
  if (isInstall && loads(prebuiltPath())) return;
  const found = findToolchain();
  if (!found) {
    console.error(`fastts: no C++ compiler was found, so the native engine was not built: ${remedy()}`);
    process.exitCode = isInstall ? 0 : NO_COMPILER;
    return;
  }
  try {
    const sanitizers = values.sanitize?.split(',');
    const toolchain = sanitizers ? sanitized(found, sanitizers) : found;
    const own = sanitizers ? path.join(buildFolder(), sanitizers.join('-')) : buildFolder();
    const out = values.out === undefined ? own : path.resolve(values.out);
    if (!values.tests) {
      await buildAddon(toolchain, out);
      return;
    }
    const { programs, warnings } = await buildTests(toolchain, out);
    for (const program of programs) console.log(program);
    if (warnings.length) throw new Error(`The compiler reported warnings:\n${warnings.join('')}`);
  } catch (error) {
    console.error(`fastts: the native engine could not be built with ${found.name}: ${error.message}`);
    process.exitCode = isInstall ? 0 : 1;
  }
}

function remedy() {
  const then = 'then run npm rebuild @fastts/native';
  if (process.platform === 'darwin') return `install one by xcode-select --install, ${then}`;
  if (process.platform === 'win32') return `install Visual Studio Build Tools with the C++ workload, ${then}`;
  return `install one by apt-get install g++ (or your system's equivalent), ${then}`;
}

function loads(file) {
  if (!fs.existsSync(file)) return false;
  const check = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file], { stdio: 'ignore' });
  return check.status === 0;
}
