// TensorFlow.js's declarations assume that the global type `Long` exists.
/// <reference types="long" preserve="true" />
/** All of TensorFlow.js: its ops and types, gradients, and ops as methods of tensors. */
import './chainedOps.js';
import './gradients.js';

export * from '@tensorflow/tfjs-core';
