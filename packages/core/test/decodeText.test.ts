import { ArgumentError, decodeText, FileFormatError } from '@fastts/core';
import fixture from '../fixtures/decodeText.json';

test.each(fixture.marked)(
  'a byte order mark determines the encoding, whatever is given',
  ({ bytes, text }) => {
    expect(decodeText(Uint8Array.from(bytes))).toBe(text);
    expect(decodeText(Uint8Array.from(bytes), 'windows-1252')).toBe(text);
  },
);

test.each(fixture.named)('a text without a mark can be read as $encoding', ({ encoding, bytes, text }) => {
  expect(decodeText(Uint8Array.from(bytes), encoding)).toBe(text);
});

test.each(fixture.damaged)(
  'the first byte that is not $encoding is the same as by Python: $byte',
  ({ encoding, bytes, offset, line, byte }) => {
    const decode = () => decodeText(Uint8Array.from(bytes), encoding);
    expect(decode).toThrow(FileFormatError);
    expect(decode).toThrow(`byte ${byte} at offset ${offset}, in line ${line}, is not ${encoding}`);
  },
);

test('UTF-16 without a mark is not read as UTF-8', () => {
  for (const encoding of ['utf-16le', 'utf-16be']) {
    const { bytes, text } = fixture.named.find((each) => each.encoding === encoding)!;
    const latin = bytes.slice(0, 2 * text.indexOf('é'));
    expect(() => decodeText(Uint8Array.from(latin))).toThrow(`but may be in ${encoding}`);
  }
});

test('an unknown encoding is an error with examples of known ones', () => {
  expect(() => decodeText(new Uint8Array(), 'cp437')).toThrow(ArgumentError);
  expect(() => decodeText(new Uint8Array(), 'cp437')).toThrow(/'windows-1252'.*got 'cp437'/);
});
