/** 1 in the module for engines that pair vectors: scripts/buildKernels.mjs. */
declare const WIDE: i32;
