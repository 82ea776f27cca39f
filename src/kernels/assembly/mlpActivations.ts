// What multiplyTile does with its sums.

/** Activation of a layer's output. */
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
/** Multiply by (mask > 0): the gradient of ReLU. */
export const RELU_GRADIENT: i32 = 2;
