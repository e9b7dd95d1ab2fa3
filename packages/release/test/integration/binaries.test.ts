import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { currentPlatform, platforms } from '../../../native/src/platforms.js';
import { checkBinary } from '../../src/checkBinary.js';
import { findZig, oldestOf, zigNotices, zigToolchain } from '../../src/zig.js';

/** Compiling the whole engine for all platforms takes long, so this compiles an addon of one file. */
const source = `
#include <node_api.h>
#include <stdexcept>
#include <string>
#include <thread>
NAPI_MODULE_INIT() {
  std::string text;
  std::thread([&] { text = std::to_string(42); }).join();
  try {
    throw std::runtime_error(text);
  } catch (const std::exception& error) {
    napi_value value;
    napi_create_string_utf8(env, error.what(), NAPI_AUTO_LENGTH, &value);
    napi_set_named_property(env, exports, "text", value);
  }
  return exports;
}`;

const native = path.resolve(__dirname, '../../../native');
const folder = mkdtempSync(path.join(tmpdir(), 'fastts-binaries-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Zig, or the reason why there is none. */
function zigOrReason(): { zig: string } | { reason: string } {
  try {
    return { zig: findZig() };
  } catch (error) {
    return { reason: (error as Error).message.split('\n')[0]! };
  }
}

const found = zigOrReason();
const platform = currentPlatform();

if ('reason' in found || !platform) {
  const reason = 'reason' in found ? found.reason : 'none is published for this platform';
  test.skip(`a binary is compiled by Zig (${reason})`, () => {});
} else {
  // That for another platform takes minutes, in which Zig compiles its C++ library: `npm run binaries` checks all.
  test('a binary is compiled by Zig, loads, and needs nothing but the system', async () => {
    cpSync(path.join(native, 'scripts'), path.join(folder, 'scripts'), { recursive: true });
    mkdirSync(path.join(folder, 'cpp/addon'), { recursive: true });
    mkdirSync(path.join(folder, 'node_modules'));
    const { resolve } = createRequire(path.join(native, 'package.json'));
    for (const name of ['node-addon-api', 'node-api-headers']) {
      const place = path.dirname(resolve(`${name}/package.json`));
      symlinkSync(place, path.join(folder, 'node_modules', name), 'junction');
    }
    writeFileSync(path.join(folder, 'cpp/addon/addon.cc'), source);
    const { ADDON, buildAddon } = createRequire(__filename)(path.join(folder, 'scripts/addon/compile.js'));
    await buildAddon(zigToolchain(found.zig, platform), folder);
    const addon = path.join(folder, ADDON);
    expect(createRequire(__filename)(addon).text).toBe('42');
    const [system] = platform.split('-');
    expect(checkBinary(addon, platform, oldestOf(platform))).toMatchObject({ os: system, cpu: process.arch });
    const other = platforms.find(({ os }) => os !== system)!.name;
    expect(() => checkBinary(addon, other, undefined)).toThrow(`is for ${system} on ${process.arch}`);
    if (system === 'linux')
      expect(() => checkBinary(addon, platform, '2.2.4')).toThrow(/needs glibc .* newer/);
  });

  test('its package has the licences of what Zig links', () => {
    const titles = zigNotices(platform).map(({ title, text }) => [title, /licen[cs]e/i.test(text)]);
    expect(Object.fromEntries(titles)).toMatchObject({ 'libc++': true, 'libc++abi': true, libunwind: true });
  });
}
