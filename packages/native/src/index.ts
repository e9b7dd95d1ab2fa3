export { buildNative } from './buildNative.js';
export {
  measurePeak,
  type NativeInfo,
  type NativeStatus,
  nativeInfo,
  nativeStatus,
  setNumThreads,
} from './register.js';
