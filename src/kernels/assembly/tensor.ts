// Kernels of the tensor library's operations.
export * from './tensorUnary';
export * from './tensorBinary';
export * from './tensorMasks';
