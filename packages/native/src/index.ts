export {
  measurePeak,
  type NativeInfo,
  type NativeStatus,
  nativeInfo,
  nativeStatus,
  setNumThreads,
} from './register.js';
