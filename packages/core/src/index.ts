export * from './errors.js';
export * from './module.js';
export { type Layout, ModuleBuffer, Parameter } from './parameter.js';
export * from './random.js';
export * from './sequential.js';
export * from './size.js';
export * from './transform.js';
