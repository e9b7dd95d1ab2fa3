/** The path of a model's file: `file`, with its ending, in `folder` unless it is an absolute path. */
export function modelFile(folder: string, file: string): string {
  const name = file.endsWith('.safetensors') ? file : `${file}.safetensors`;
  return /^([/\\]|[a-z]:)/i.test(name) ? name : `${folder}/${name}`;
}
