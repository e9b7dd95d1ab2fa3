export { type NativeInfo, type NativeStatus, nativeInfo, nativeStatus, setNumThreads } from './register.js';
