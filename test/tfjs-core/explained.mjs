/** Specs that fail, by backend and full name, with the reason. Empty is the aim: tfjs's own cpu backend passes all. */
export const explainedFailures = { cpu: {}, simd: {} };
