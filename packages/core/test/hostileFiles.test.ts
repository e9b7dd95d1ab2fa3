import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodePth,
  decodeSafetensors,
  FasttsError,
  FileFormatError,
  loadPth,
  loadSafetensors,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  archive,
  directoryEntry,
  global,
  int,
  opcodes,
  pickle,
  tensorView,
  text,
  tuple,
  zip,
} from './pickles.js';

/** A safetensors file with this header. */
function safetensors(header: string, data = 0): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([length, json, Buffer.alloc(data)]));
}

/** A `.pth` of this pickle, with a storage of zeros. */
const pth = (data: Uint8Array, storage = 16) =>
  zip([
    ['a/data.pkl', data],
    ['a/data/0', new Uint8Array(storage)],
  ]);

const entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';

function rejects(decode: () => unknown, message: RegExp): void {
  const before = tf.memory().numTensors;
  let error: unknown;
  try {
    decode();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(FileFormatError);
  expect((error as Error).message).toMatch(message);
  expect(tf.memory().numTensors).toBe(before);
}

describe('a safetensors file with', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['no metadata', safetensors('{"__metadata__":null}'), /__metadata__ is not an object of strings/],
    [
      'metadata of numbers',
      safetensors('{"__metadata__":{"a":1}}'),
      /__metadata__ is not an object of strings/,
    ],
    ['a list as metadata', safetensors('{"__metadata__":[]}'), /__metadata__ is not an object of strings/],
    ['a list as header', safetensors('[]'), /header is not a JSON object/],
    ['a tensor that is a number', safetensors('{"a":5}'), /'a' is not described by an object/],
    ['a tensor that is null', safetensors('{"a":null}'), /'a' is not described by an object/],
    ['a type that is a list', safetensors('{"a":{"dtype":[["F32"]]}}'), /'a' is without a type/],
    ['a type that objects have', safetensors('{"a":{"dtype":"constructor"}}'), /of type constructor/],
    ['deep nesting', safetensors('['.repeat(100_000)), /nested deeper than 256 levels/],
    [
      'deep nesting in a type',
      safetensors(`{"a":{"dtype":${'['.repeat(300)}${']'.repeat(300)}}}`),
      /deeper than 256/,
    ],
    ['a name twice', safetensors(`{"a":${entry},"\\u0061":${entry}}`, 4), /the name 'a' twice/],
    [
      'two tensors on the same bytes',
      safetensors(`{"a":${entry},"b":${entry}}`, 4),
      /'b' begins at 0 instead of 4/,
    ],
    [
      'too many axes',
      safetensors(`{"a":{"dtype":"F32","shape":[${Array(65).fill(1)}],"data_offsets":[0,4]}}`, 4),
      /shape or the offsets/,
    ],
    [
      'a product beyond all numbers',
      safetensors(`{"a":{"dtype":"F32","shape":[${Array(40).fill(2 ** 53 - 1)},0],"data_offsets":[0,0]}}`),
      /shape or the offsets/,
    ],
    [
      'fractions',
      safetensors('{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}', 2),
      /shape or the offsets/,
    ],
    [
      'an infinite offset',
      safetensors('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e999]}}', 4),
      /shape or the offsets/,
    ],
    ['a name that moves the cursor', safetensors('{"\\u001b[2J":5}'), /'\ufffd\[2J' is not described/],
    ['a very long name', safetensors(`{"${'a'.repeat(1e6)}":5}`), /^.{0,200}$/],
    [
      'far more values than bytes suggest',
      safetensors(`{"a":[${'[],'.repeat(2e6)}[]]}`),
      /more than \d+ bytes of memory/,
    ],
    [
      'very many empty tensors',
      safetensors(
        `{${Array.from({ length: 150_000 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)}}`,
      ),
      /more than \d+ bytes of memory/,
    ],
  ])('%s is rejected', (_, bytes, message) => rejects(() => decodeSafetensors(bytes), message));

  it('more than the limit is rejected, and loaded with a higher one', () => {
    const bytes = safetensors(`{"a":${entry}}`, 4);
    rejects(
      () => decodeSafetensors(bytes, { maxBytes: 1000 }),
      /more than 1000 bytes of memory.*option maxBytes/,
    );
    tf.dispose([...decodeSafetensors(bytes, { maxBytes: 2000 }).tensors.values()]);
    expect(() => decodeSafetensors(bytes, { maxBytes: Number.NaN })).toThrow(/maxBytes must be a number/);
  });
});

/** Opcodes for a list that has another one 16 times, and so on: 16^depth references to the innermost. */
function nestedLists(depth: number): Uint8Array {
  const level = (i: number) => [']', 'q', i + 1, '(', `h${String.fromCharCode(i)}`.repeat(16), 'e0'];
  const levels = Array.from({ length: depth }, (_, i) => level(i)).flat();
  return opcodes(']', 'q', 0, '0', ...levels, 'h', depth);
}

describe('a .pth with', () => {
  const many = (n: number, part: (i: number) => Uint8Array) =>
    opcodes(
      '}',
      '(',
      Array.from({ length: n }, (_, i) => part(i)),
      'u',
    );
  const wide = tensorView('0', [1024, 1024], [1024, 1]);
  const named = (name: string, value: Uint8Array) => Buffer.concat([text(name), value]);

  it.each<[string, () => Uint8Array, RegExp]>([
    ['shared lists as arguments', () => pth(pickle(nestedLists(30), '\x85R')), /damaged/],
    ['shared lists as a persistent id', () => pth(pickle(nestedLists(30), 'Q')), /not a storage/],
    ['shared lists as the name of a class', () => pth(pickle(nestedLists(30), '\x86\x93')), /damaged/],
    [
      'shared lists as the arguments of a dictionary',
      () => pth(pickle(global('collections.OrderedDict'), nestedLists(30), '\x85R', 'R')),
      /damaged/,
    ],
    [
      'shared lists as a key',
      () => pth(pickle('}', nestedLists(30), tensorView('0', [1], [1]), 's')),
      /no state dictionary/,
    ],
    ['a list that contains itself', () => pth(pickle(']', 'q', 0, 'h', 0, 'a', '\x85', 'R')), /damaged/],
    ['deep nesting', () => pth(pickle(']'.repeat(200_000), 'a'.repeat(199_999))), /no state dictionary/],
    [
      'thousands of tensors on one storage',
      () => pth(pickle(many(4000, (i) => named(String(i), wide))), 2 ** 22),
      /more than \d+ bytes of memory, the limit for a file of \d+ bytes/,
    ],
    [
      'one tensor under very many names',
      () =>
        pth(
          pickle(
            '}',
            tensorView('0', [1], [1]),
            'q',
            0,
            '0',
            '(',
            Buffer.concat(Array.from({ length: 200_000 }, (_, i) => opcodes(text(i.toString(36)), 'h', 0))),
            'u',
          ),
        ),
      /more than \d+ bytes of memory/,
    ],
    [
      'one dictionary copied many times',
      () =>
        pth(
          pickle(
            ']',
            '(',
            Array(20_000).fill(tuple(int(1), int(2))),
            'e',
            'q',
            0,
            Array(20_000).fill([global('collections.OrderedDict'), 'h', 0, '\x85', 'R']),
          ),
        ),
      /more than \d+ bytes of memory/,
    ],
    ['very many dictionaries', () => pth(pickle('}'.repeat(3e6))), /more than \d+ bytes of memory/],
    ['very many memo entries', () => pth(pickle('N', '\x94'.repeat(1.5e6))), /more than \d+ bytes of memory/],
    [
      'a size of many axes',
      () => pth(pickle('}', text('a'), tensorView('0', Array(65).fill(1), Array(65).fill(1)), 's')),
      /invalid arguments/,
    ],
    [
      'a size of 0 × 2⁶²',
      () => pth(pickle('}', text('a'), tensorView('0', [2 ** 31 - 1, 2 ** 31 - 1, 0], [0, 0, 0]), 's')),
      /invalid arguments/,
    ],
    [
      'an offset beyond the storage',
      () => pth(pickle('}', text('a'), tensorView('0', [1], [1], 1e9), 's')),
      /reaches beyond its storage/,
    ],
    [
      'a storage of two types',
      () =>
        pth(
          pickle(
            '}',
            text('a'),
            tensorView('0', [1], [1]),
            's',
            text('b'),
            Buffer.from(tensorView('0', [1], [1]).toString().replace('Float', 'Long')),
            's',
          ),
        ),
      /damaged/,
    ],
    [
      'a big integer as a size',
      () =>
        pth(
          pickle(
            '}',
            text('a'),
            global('torch._utils._rebuild_tensor_v2'),
            tuple(text('0'), int(0), tuple(Buffer.from([0x8a, 200, ...Array(200).fill(1)])), tuple(int(1))),
            'R',
            's',
          ),
        ),
      /invalid arguments/,
    ],
    [
      'a name of a class that moves the cursor',
      () => pth(pickle(global('os.\x1b[2J'))),
      /names os\.\ufffd\[2J/,
    ],
    [
      'files that overlap',
      () =>
        archive(Buffer.concat([Buffer.from(pth(pickle('}')).slice(0, 60))]), [
          directoryEntry('a/data.pkl', 5, 0),
          directoryEntry('a/data/0', 5, 0),
        ]),
      /overlaps/,
    ],
    [
      'a file twice',
      () =>
        zip([
          ['a/data.pkl', pickle('}')],
          ['a/data.pkl', pickle('}')],
        ]),
      /has 'a\/data.pkl' twice/,
    ],
  ])('%s is rejected', (_, bytes, message) => {
    const made = bytes();
    rejects(() => decodePth(made), message);
  });

  it('a dictionary under very many names is looked at once', () => {
    const inner = many(1000, (i) => named(String(i), tensorView('0', [1], [1])));
    const names = Array.from({ length: 20_000 }, (_, i) => [text(String(i)), 'h', 0]);
    const bytes = pth(pickle('}', inner, 'q', 0, '0', '(', names, 'u'));
    rejects(() => decodePth(bytes), /several state dictionaries/);
  });

  it('views of one storage within the limit is loaded, and keys like __proto__ are names as any other', () => {
    const keys = ['__proto__', 'constructor', 'toString'];
    const bytes = pth(pickle(many(3, (i) => named(keys[i]!, tensorView('0', [2, 2], [0, 1])))));
    const tensors = decodePth(bytes);
    expect([...tensors.keys()]).toEqual(keys);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    tf.dispose([...tensors.values()]);
  });

  it('storages of the format before 1.6 that are no list, repeated or of a negative length is rejected', () => {
    const magic = pickle(Buffer.from([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]));
    const head = [
      magic,
      pickle(int(1001)),
      pickle('}'),
      pickle('}', text('a'), tensorView('k', [1], [1]), 's'),
    ];
    const length = (n: bigint) => {
      const bytes = Buffer.alloc(12);
      bytes.writeBigInt64LE(n);
      return bytes;
    };
    const legacy = (...rest: Uint8Array[]) => new Uint8Array(Buffer.concat([...head, ...rest]));
    for (const bytes of [
      legacy(pickle('N'), length(1n)),
      legacy(pickle('}'), length(1n)),
      legacy(pickle(']', text('k'), 'a', text('k'), 'a'), length(1n), length(1n)),
      legacy(pickle(']', int(3), 'a'), length(1n)),
      legacy(pickle(']', text('k'), 'a'), length(-1n)),
      legacy(pickle(']', text('k'), 'a'), length(2n ** 62n)),
    ]) {
      rejects(() => decodePth(bytes), /lacks the storage/);
    }
    tf.dispose([...decodePth(legacy(pickle(']', text('k'), 'a'), length(1n))).values()]);
  });
});

describe('errors name the source', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fastts-hostile-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('of a file that is too large, not regular, or has an impossible path', async () => {
    const path = join(folder, 'large');
    await writeFile(path, new Uint8Array(1000));
    for (const load of [loadSafetensors, loadPth]) {
      await expect(load(path, { maxBytes: 999 })).rejects.toThrow(FileFormatError);
      await expect(load(path, { maxBytes: 999 })).rejects.toThrow(
        `${path}: What the file describes takes more than 999`,
      );
      await expect(load('a\0b')).rejects.toThrow(FasttsError);
    }
    if (process.platform !== 'win32') {
      await expect(loadSafetensors('/dev/zero')).rejects.toThrow('/dev/zero is not a regular file');
    }
  });

  it('of a server that sends without end, or breaks off', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/broken') return void response.destroy();
      const send = () => {
        while (!response.destroyed && response.write(Buffer.alloc(2 ** 16)));
      };
      response.on('drain', send);
      send();
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const address = `http://localhost:${(server.address() as AddressInfo).port}`;
    try {
      const endless = new URL('/endless', address);
      await expect(loadSafetensors(endless, { maxBytes: 1e6 })).rejects.toThrow(FileFormatError);
      await expect(loadSafetensors(endless, { maxBytes: 1e6 })).rejects.toThrow(`${endless}: `);
      await expect(loadSafetensors(new URL('/broken', address))).rejects.toThrow(/cannot be fetched/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
