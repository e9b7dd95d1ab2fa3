/**
 * How the addon is compiled and linked: by dialect of the compiler (`gnu`: g++, clang++; `msvc`), then by platform or
 * processor. The shipped addon and the objects that tests link are both compiled according to it.
 */

const path = require('node:path');

const defines = [
  '-DNAPI_VERSION=8',
  '-DNAPI_CPP_EXCEPTIONS',
  // When a worker is being terminated, nothing can be thrown in it; without this, node-addon-api aborts the process.
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  '-DNODE_GYP_MODULE_NAME=fastts_native',
  '-DBUILDING_NODE_EXTENSION',
];

module.exports = {
  gnu: {
    compile: [
      '-std=c++17',
      '-O3',
      '-fPIC',
      '-pthread',
      '-fvisibility=hidden',
      // No result depends on errno or on floating-point traps; without them, loops with branches can be vectorized.
      '-fno-math-errno',
      '-fno-trapping-math',
      '-Wall',
      '-Wextra',
      ...defines,
    ],
    includeOurs: (folder) => `-I${folder}`,
    includeTheirs: (folder) => `-isystem${folder}`, // suppresses warnings
    output: (source, object) => ['-c', source, '-o', object],
    /** A `*.isa.cc` file is compiled once for each of these. */
    isas: {
      x64: {
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
          // GCC 12 reports uses of uninitialized values in its own AVX-512 headers; clang has no such warning.
          '-Wno-unknown-warning-option',
          '-Wno-maybe-uninitialized',
        ],
      },
      arm64: { portable: [], neon: [] },
    },
    link: {
      addon: {
        darwin: ['-shared', '-undefined', 'dynamic_lookup', '-pthread'],
        win32: ['-shared'],
        // Only what Node calls is visible, not the C++ library that Zig links into the addon.
        linux: ['-shared', '-pthread', '-ldl', `-Wl,--version-script=${path.join(__dirname, 'exports.map')}`],
        others: ['-shared', '-pthread', '-ldl'],
      },
      program: { darwin: ['-pthread'], others: ['-pthread', '-ldl'] },
    },
  },

  msvc: {
    compile: ['/nologo', '/O2', '/std:c++17', '/EHsc', '/MD', '/utf-8', ...defines],
    includeOurs: (folder) => `-I${folder}`,
    includeTheirs: (folder) => `-I${folder}`,
    output: (source, object) => ['/c', source, `/Fo${object}`],
    isas: {
      x64: { portable: [], avx2: ['/arch:AVX2'], avx512: ['/arch:AVX512'] },
      arm64: { portable: [], neon: [] },
    },
    link: { addon: { others: ['/nologo', '/LD'] }, program: { others: ['/nologo'] } },
  },
};
