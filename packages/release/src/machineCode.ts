import { readFileSync } from 'node:fs';

/** What a shared library for Linux (ELF), macOS (Mach-O) or Windows (PE) needs and offers. */
export interface MachineCode {
  os: 'linux' | 'darwin' | 'win32';
  cpu: 'x64' | 'arm64';
  /** The libraries that it needs. */
  libraries: string[];
  /** The functions that it offers. */
  exports: string[];
  /** The oldest glibc (Linux), or the oldest system (macOS), on which it runs, such as `2.28`. */
  oldest?: string;
}

/**
 * Reads the headers of a shared library for 64-bit processors.
 *
 * @throws TypeError if the file is none.
 */
export function readMachineCode(file: string): MachineCode {
  const bytes = readFileSync(file);
  if (bytes.readUInt32BE(0) === 0x7f454c46) return readElf(bytes);
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return readMachO(bytes);
  if (bytes.toString('latin1', 0, 2) === 'MZ') return readPe(bytes);
  throw new TypeError(`${file} is no shared library for 64-bit processors`);
}

/** Source: System V ABI, https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html. */
function readElf(bytes: Buffer): MachineCode {
  const number = (at: number) => Number(bytes.readBigUInt64LE(at));
  const cpu = { 62: 'x64', 183: 'arm64' }[bytes.readUInt16LE(18)] as MachineCode['cpu'];
  const [first, size, count] = [number(40), bytes.readUInt16LE(58), bytes.readUInt16LE(60)];
  const sections = Array.from({ length: count }, (_, i) => {
    const at = first + i * size;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: number(at + 24),
      size: number(at + 32),
      link: bytes.readUInt32LE(at + 40),
    };
  });
  const entries = (type: number, entrySize: number) => {
    const section = sections.find((each) => each.type === type);
    if (!section) return [];
    const names = sections[section.link]!.offset;
    const length = section.size / entrySize;
    return Array.from({ length }, (_, i) => ({ at: section.offset + i * entrySize, names }));
  };
  const [DYNAMIC, DYNSYM, NEEDED] = [6, 11, 1];
  const libraries = entries(DYNAMIC, 16)
    .filter(({ at }) => number(at) === NEEDED)
    .map(({ at, names }) => text(bytes, names + number(at + 8)));
  const exports = entries(DYNSYM, 24)
    // Defined in a section, and visible to others.
    .filter(({ at }) => bytes.readUInt16LE(at + 6) !== 0 && bytes[at + 4]! >> 4 !== 0)
    .map(({ at, names }) => text(bytes, names + bytes.readUInt32LE(at)));
  const versions = bytes.toString('latin1').matchAll(/\0GLIBC_([\d.]+)(?=\0)/g);
  const [oldest] = [...versions].map(([, version]) => version!).sort(newerFirst);
  return { os: 'linux', cpu, libraries, exports, ...(oldest ? { oldest } : {}) };
}

/** Source: Apple, `mach-o/loader.h` and `mach-o/nlist.h`. */
function readMachO(bytes: Buffer): MachineCode {
  const cpu = { 16777223: 'x64', 16777228: 'arm64' }[bytes.readUInt32LE(4)] as MachineCode['cpu'];
  const code: MachineCode = { os: 'darwin', cpu, libraries: [], exports: [] };
  const [LOAD_DYLIB, SYMTAB, BUILD_VERSION, VERSION_MIN] = [0xc, 0x2, 0x32, 0x24];
  let at = 32;
  for (let i = bytes.readUInt32LE(16); i > 0; i--) {
    const command = bytes.readUInt32LE(at);
    if (command === LOAD_DYLIB) code.libraries.push(text(bytes, at + bytes.readUInt32LE(at + 8)));
    if (command === SYMTAB) code.exports = machOExports(bytes, at);
    if (command === BUILD_VERSION) code.oldest = machOVersion(bytes.readUInt32LE(at + 12));
    if (command === VERSION_MIN) code.oldest = machOVersion(bytes.readUInt32LE(at + 8));
    at += bytes.readUInt32LE(at + 4);
  }
  return code;
}

function machOExports(bytes: Buffer, at: number): string[] {
  const [symbols, count, names] = [8, 12, 16].map((offset) => bytes.readUInt32LE(at + offset)) as [
    number,
    number,
    number,
  ];
  const [PRIVATE, TYPE, EXTERNAL] = [0x10, 0x0e, 0x01];
  return Array.from({ length: count }, (_, i) => symbols + i * 16)
    .filter((each) => {
      const type = bytes[each + 4]!;
      return type & EXTERNAL && !(type & PRIVATE) && (type & TYPE) !== 0;
    })
    .map((each) => text(bytes, names + bytes.readUInt32LE(each)).replace(/^_/, ''));
}

/** A version in the form of 16 bits and twice 8 bits. */
function machOVersion(packed: number): string {
  return `${packed >> 16}.${(packed >> 8) & 0xff}`;
}

/** Source: Microsoft, "PE Format", https://learn.microsoft.com/windows/win32/debug/pe-format. */
function readPe(bytes: Buffer): MachineCode {
  const coff = bytes.readUInt32LE(0x3c) + 4;
  const cpu = { 34404: 'x64', 43620: 'arm64' }[bytes.readUInt16LE(coff)] as MachineCode['cpu'];
  const optional = coff + 20;
  const firstSection = optional + bytes.readUInt16LE(coff + 16);
  const sections = Array.from({ length: bytes.readUInt16LE(coff + 2) }, (_, i) => {
    const at = firstSection + i * 40;
    return {
      address: bytes.readUInt32LE(at + 12),
      size: bytes.readUInt32LE(at + 16),
      offset: bytes.readUInt32LE(at + 20),
    };
  });
  const place = (address: number) => {
    const section = sections.find((each) => address >= each.address && address < each.address + each.size)!;
    return address - section.address + section.offset;
  };
  const directory = (i: number) => bytes.readUInt32LE(optional + 112 + i * 8);
  const libraries: string[] = [];
  const [EXPORTS, IMPORTS] = [0, 1];
  for (let at = place(directory(IMPORTS)); bytes.readUInt32LE(at + 12) !== 0; at += 20) {
    libraries.push(text(bytes, place(bytes.readUInt32LE(at + 12))));
  }
  const offered = place(directory(EXPORTS));
  const names = place(bytes.readUInt32LE(offered + 32));
  const exports = Array.from({ length: bytes.readUInt32LE(offered + 24) }, (_, i) =>
    text(bytes, place(bytes.readUInt32LE(names + i * 4))),
  );
  return { os: 'win32', cpu, libraries, exports };
}

/** The text at a place, up to a zero byte. */
function text(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at, bytes.indexOf(0, at));
}

function newerFirst(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
