// Real spherical harmonics up to degree 3 of a unit direction: 16 values, in the order and with the signs of nerfstudio's
// components_from_spherical_harmonics (no Condon-Shortley phase); polynomials of Sloan 2013, "Efficient Spherical Harmonic Evaluation".

/** Writes 16 float32 to `out`. */
export function sphericalHarmonics16(out: usize, x: f32, y: f32, z: f32): void {
  const x2 = x * x, y2 = y * y, z2 = z * z;
  store<f32>(out, 0.28209479177387814);
  store<f32>(out, <f32>0.4886025119029199 * y, 4);
  store<f32>(out, <f32>0.4886025119029199 * z, 8);
  store<f32>(out, <f32>0.4886025119029199 * x, 12);
  store<f32>(out, <f32>1.0925484305920792 * x * y, 16);
  store<f32>(out, <f32>1.0925484305920792 * y * z, 20);
  store<f32>(out, <f32>0.9461746957575601 * z2 - <f32>0.31539156525252, 24);
  store<f32>(out, <f32>1.0925484305920792 * x * z, 28);
  store<f32>(out, <f32>0.5462742152960396 * (x2 - y2), 32);
  store<f32>(out, <f32>0.5900435899266435 * y * (<f32>3 * x2 - y2), 36);
  store<f32>(out, <f32>2.890611442640554 * x * y * z, 40);
  store<f32>(out, <f32>0.4570457994644658 * y * (<f32>5 * z2 - <f32>1), 44);
  store<f32>(out, <f32>0.3731763325901154 * z * (<f32>5 * z2 - <f32>3), 48);
  store<f32>(out, <f32>0.4570457994644658 * x * (<f32>5 * z2 - <f32>1), 52);
  store<f32>(out, <f32>1.445305721320277 * z * (x2 - y2), 56);
  store<f32>(out, <f32>0.5900435899266435 * x * (x2 - <f32>3 * y2), 60);
}
