/** A weights file that can be downloaded. */
export interface WeightsFile {
  /** Its URL: a `.safetensors`, `.pth` or `.pt` file. */
  readonly url: string;
  /** Its SHA-256, or the beginning of it, in hexadecimal (default: the server's, if it sends one). */
  readonly sha256?: string;
}

/** Options of {@link hubWeights}. */
export interface HubWeightsOptions {
  /** The file in the repository (default `model.safetensors`). */
  file?: string;
  /** Its branch, tag or commit (default `main`). */
  revision?: string;
  /** The SHA-256 of the file (default: the hub's). */
  sha256?: string;
}

/**
 * Weights in a repository on the Hugging Face hub, or on a compatible server named by `HF_ENDPOINT`.
 *
 * @example
 * const learn = await visionLearner(dls, resnet50, { weights: hubWeights('timm/resnet50.a1_in1k') });
 */
export function hubWeights(
  repository: string,
  { file = 'model.safetensors', revision = 'main', sha256 }: HubWeightsOptions = {},
): WeightsFile {
  return {
    get url() {
      const endpoint = process.env.HF_ENDPOINT || 'https://huggingface.co';
      return `${endpoint}/${repository}/resolve/${revision}/${file}`;
    },
    sha256,
  };
}
