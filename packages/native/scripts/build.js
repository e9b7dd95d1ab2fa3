/**
 * Builds the C++ addon with the machine's compiler: `node scripts/build.js [--out FOLDER] [--tests] [--sanitize NAMES]`.
 *
 * `npm run build` runs it in a checkout, and `npx fastts setup native` in an installed package. With `--tests` it also builds
 * the programs of `cpp/test` from the addon's own objects, prints their paths, and fails if there are compiler warnings.
 * `--sanitize address,undefined` or `--sanitize thread` compiles with these sanitizers; `npm run test:sanitized` runs tests on
 * the result.
 */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { ADDON, FAULT_ADDON, buildAddon, buildTests, sources } = require('./addon/compile.js');
const { sanitized, sanitizerRuntimes } = require('./addon/sanitizers.js');
const { findToolchain } = require('./addon/toolchain.js');

const root = path.join(__dirname, '..');
const isInstalled = root.split(path.sep).includes('node_modules');

module.exports = { ADDON, FAULT_ADDON, buildFolder, builtAddon, findToolchain, isFresh, sanitizerRuntimes };

if (require.main === module) main();

/**
 * The folder for builds: in a checkout the package's own, and for an installed package one in the user's home folder, so that the
 * build outlasts the next `npm ci`, and serves all projects with this version.
 */
function buildFolder() {
  if (!isInstalled) return path.join(root, 'build');
  const { version } = require('../package.json');
  const home = process.env.FASTTS_HOME || path.join(os.homedir(), '.fastts');
  return path.join(home, 'native', `${version}-${process.platform}-${process.arch}`);
}

/** The addon that was built in {@link buildFolder}; undefined if there is none. */
function builtAddon() {
  const file = path.join(buildFolder(), ADDON);
  return fs.existsSync(file) ? file : undefined;
}

/** Whether the built addon `file` is newer than its sources; those of an installed package do not change. */
function isFresh(file) {
  const { mtimeMs } = fs.statSync(file);
  return isInstalled || sources().addon.every((each) => fs.statSync(each).mtimeMs <= mtimeMs);
}

async function main() {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, tests: { type: 'boolean' }, sanitize: { type: 'string' } },
  });
  const found = findToolchain();
  if (!found) {
    console.error(`fastts: no C++ compiler was found: ${remedy()}`);
    process.exitCode = 1;
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
    process.exitCode = 1;
  }
}

function remedy() {
  if (process.platform === 'darwin') return 'install one by xcode-select --install';
  if (process.platform === 'win32') return 'install Visual Studio Build Tools with the C++ workload';
  return "install one by apt-get install g++ (or your system's equivalent)";
}
