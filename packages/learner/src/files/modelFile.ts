/** The path of a model file: `file`, with its extension, in `folder` unless it is an absolute path. */
export function modelFile(folder: string, file: string): string {
  return inFolder(folder, file.endsWith('.safetensors') ? file : `${file}.safetensors`);
}

/** The path of a file: `file`, in `folder` unless it is an absolute path. */
export function inFolder(folder: string, file: string): string {
  return /^([/\\]|[a-z]:)/i.test(file) ? file : `${folder}/${file}`;
}
