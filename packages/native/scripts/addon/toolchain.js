const { spawn, spawnSync } = require('node:child_process');
const path = require('node:path');

module.exports = { findToolchain, run };

/** The C++ compiler of this machine: its dialect, its command, its version, and what it compiles for; undefined if there is none. */
function findToolchain() {
  return process.platform === 'win32' ? findMsvc() : findGnu();
}

function findGnu() {
  for (const name of [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean)) {
    const [command, ...first] = name.split(' ');
    const answer = spawnSync(command, [...first, '--version'], { encoding: 'utf8' });
    if (answer.status === 0) {
      return {
        dialect: 'gnu',
        name,
        command,
        first,
        version: answer.stdout,
        env: process.env,
        target: process,
      };
    }
  }
  return undefined;
}

/** Visual Studio's compiler, with the environment that its vcvars script sets. */
function findMsvc() {
  const programs = process.env['ProgramFiles(x86)'] ?? 'C:\\Program Files (x86)';
  const vswhere = path.join(programs, 'Microsoft Visual Studio', 'Installer', 'vswhere.exe');
  const tools = 'Microsoft.VisualStudio.Component.VC.Tools.x86.x64';
  const query = ['-latest', '-products', '*', '-requires', tools, '-property', 'installationPath'];
  const found = spawnSync(vswhere, query, { encoding: 'utf8' });
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
  return {
    dialect: 'msvc',
    name: 'cl',
    command: 'cl.exe',
    first: [],
    version: env.VCToolsVersion ?? '',
    env,
    target: process,
    importLibrary: (definition, file) => [
      'lib.exe',
      '/nologo',
      `/def:${definition}`,
      `/machine:${process.arch === 'arm64' ? 'arm64' : 'x64'}`,
      `/out:${file}`,
    ],
  };
}

/**
 * Runs the compiler or another command of the toolchain; returns its output, or throws an error with it if the
 * command fails.
 */
function run(toolchain, args, command) {
  return new Promise((resolve, reject) => {
    const [file, ...first] = command ? [command] : [toolchain.command, ...toolchain.first];
    const child = spawn(file, [...first, ...args], { env: toolchain.env });
    let printed = '';
    child.stdout.on('data', (data) => (printed += data));
    child.stderr.on('data', (data) => (printed += data));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      code === 0 ? resolve(printed) : reject(new Error(`${file} failed (${code ?? signal})\n${printed}`)),
    );
  });
}
