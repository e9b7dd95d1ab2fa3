/** A file of weights that can be fetched. */
export interface WeightsFile {
  /** Its address: a `.safetensors`, `.pth` or `.pt`. */
  readonly url: string;
  /** The SHA-256 of its content, or how that begins, in hexadecimal digits (default what the server says, if it does). */
  readonly sha256?: string;
}

/** Options of {@link hubWeights}. */
export interface HubWeightsOptions {
  /** The file in the repository (default `model.safetensors`). */
  file?: string;
  /** Its branch, tag or commit (default `main`). */
  revision?: string;
  /** The SHA-256 of the file (default what the hub says). */
  sha256?: string;
}

/**
 * Weights in a repository of the Hugging Face hub, or of another server of its kind that `HF_ENDPOINT` names.
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
