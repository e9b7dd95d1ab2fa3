/** A file's contents in memory. */
export type BinaryFile = ArrayBufferView | ArrayBufferLike | Blob;

/** Whether a value is a file's contents: a buffer, a view of one, or a `Blob`, such as a `File` from a file input. */
export function isBinaryFile(value: unknown): value is BinaryFile {
  // By their tags, which are equal in all realms.
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return ArrayBuffer.isView(value) || ['ArrayBuffer', 'SharedArrayBuffer', 'Blob', 'File'].includes(tag);
}

/** The bytes of a file's contents; buffers and views are not copied. */
export async function bytesOf(file: BinaryFile): Promise<Uint8Array> {
  if (ArrayBuffer.isView(file)) return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  return new Uint8Array('arrayBuffer' in file ? await file.arrayBuffer() : file);
}
