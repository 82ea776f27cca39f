/** The modules that the kernels are compiled to. */

/** From the fastest to the one that runs everywhere. Their results may differ in the last bits. */
export const kernelVariants = ['wide', 'relaxed', 'base'] as const;
export type KernelVariant = (typeof kernelVariants)[number];

/** For people. */
export const kernelVariantInWords: Readonly<Record<KernelVariant, string>> = {
  wide: 'SIMD with fused multiply-add, 8 numbers at a time',
  relaxed: 'SIMD with fused multiply-add',
  base: 'SIMD',
};
