/** What a file is, by the ending of its name. */

/** A photo that is read here and by COLMAP. */
export function isPhoto(name: string): boolean {
  return /\.(jpe?g|png|tiff?|bmp|webp)$/i.test(name);
}

/** A photo as cameras write them, which is to be converted first. */
export function isForeignPhoto(name: string): boolean {
  return /\.(hei[cf]|avif|dng|cr[23]|nef|arw|raf|orf|rw2|exr)$/i.test(name);
}

export function isVideo(name: string): boolean {
  return /\.(mp4|m4v|mov|avi|mkv|webm|3gp|mts|mpe?g|wmv)$/i.test(name);
}
