/** Formats the C++ sources: `node scripts/format.js`; with `--check` it only reports unformatted files. */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { clangFormatPath } = require('clang-format-node');

const cpp = path.join(__dirname, '..', 'cpp');
const files = fs
  .readdirSync(cpp, { recursive: true })
  .map(String)
  .filter((name) => /\.(cc|h)$/.test(name));
const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i'];
const { status } = spawnSync(clangFormatPath, [...mode, ...files], { cwd: cpp, stdio: 'inherit' });
process.exitCode = status ?? 1;
