/** TensorFlow.js, whole: its ops and types, with gradients, and with its ops as methods of tensors. */
import './chainedOps.js';
import './gradients.js';

export * from '@tensorflow/tfjs-core';
