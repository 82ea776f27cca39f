// Kernels of the tensor library's operations.
export * from './tensorUnary';
export * from './tensorBinary';
export * from './tensorMasks';
export * from './tensorReduce';
export * from './tensorScan';
export * from './tensorCopy';
