// biome-ignore-all lint/suspicious/noEmptyInterface: interfaces merge with those that other packages declare
/**
 * The types of pages that TensorFlow.js's declarations mention, for a project without TypeScript's DOM library, such as a
 * program for Node: `"lib": ["ES2023"], "types": ["node", "fastts/no-dom"]`.
 */
interface EventInit {}
interface HTMLImageElement {}
interface HTMLSourceElement {}
interface IDBFactory {}
interface ImageBitmap {}
interface ImageData {}
interface Storage {}
interface VideoFrame {}
interface WebGLContextAttributes {}
interface WebGLTexture {}
type BufferSource = ArrayBufferView | ArrayBuffer;
type PredefinedColorSpace = 'display-p3' | 'srgb';
