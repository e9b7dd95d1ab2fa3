/**
 * Builds with the compiler's sanitizers: AddressSanitizer (`address`) and UndefinedBehaviorSanitizer (`undefined`),
 * which go together, and ThreadSanitizer (`thread`).
 */
const { spawnSync } = require('node:child_process');
const path = require('node:path');

module.exports = { sanitized, sanitizerRuntimes };

/** The library with each sanitizer's runtime, as GCC and clang name it. */
const LIBRARIES = {
  address: { gcc: 'libasan.so', clang: 'asan' },
  undefined: { gcc: 'libubsan.so', clang: 'ubsan_standalone' },
  thread: { gcc: 'libtsan.so', clang: 'tsan' },
};

/** `toolchain`, compiling and linking with the sanitizers `names`. */
function sanitized(toolchain, names) {
  checkNames(names);
  if (toolchain.dialect !== 'gnu') throw new Error(`sanitizers need g++ or clang++, not ${toolchain.name}`);
  const checks = names.includes('undefined') ? [...names, 'float-cast-overflow'] : names;
  return {
    ...toolchain,
    sanitize: [
      `-fsanitize=${checks.join(',')}`,
      // Compiles in a third of the time that -O3 takes.
      '-O1',
      '-g1',
      '-fno-omit-frame-pointer',
      '-D_GLIBCXX_ASSERTIONS',
      ...names.map((name) => `-DFASTTS_SANITIZE_${name.toUpperCase()}=1`),
      ...(isClang(toolchain) ? ['-shared-libsan'] : []),
    ],
  };
}

/**
 * The runtimes of the sanitizers `names`, which a program that loads the addon must load first (`LD_PRELOAD`), or the
 * `reason` why this machine has none.
 */
function sanitizerRuntimes(toolchain, names) {
  checkNames(names);
  if (process.platform !== 'linux') return { reason: 'Node is run with sanitizers only on Linux' };
  if (!toolchain) return { reason: 'no C++ compiler was found' };
  const files = [];
  // clang's library for `address` contains that for `undefined`.
  const isInOther = (name) => isClang(toolchain) && name === 'undefined' && names.includes('address');
  for (const name of names.filter((each) => !isInOther(each))) {
    const { gcc, clang } = LIBRARIES[name];
    const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const library = isClang(toolchain) ? `libclang_rt.${clang}-${architecture}.so` : gcc;
    const args = [...toolchain.first, `-print-file-name=${library}`];
    const file = spawnSync(toolchain.command, args, { encoding: 'utf8' }).stdout.trim();
    // The compiler prints the name alone if it has no such file.
    if (!path.isAbsolute(file)) return { reason: `${toolchain.name} has no ${library}` };
    files.push(file);
  }
  return { files };
}

function checkNames(names) {
  for (const name of names) {
    if (name in LIBRARIES) continue;
    throw new Error(`sanitizers are ${Object.keys(LIBRARIES).join(', ')}, separated by commas, got ${name}`);
  }
}

function isClang(toolchain) {
  return /\bclang\b/.test(toolchain.version);
}
