/** Hands the visitor a file that the page made. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has read the address by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
