import '@fastts/native';

export * from '@fastts/core';
export * from '@fastts/data';
export * from '@fastts/learner';
export * from '@fastts/vision';
