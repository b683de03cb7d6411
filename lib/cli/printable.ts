/** A text with its control characters spelled out, line ends apart: no terminal obeys what stands in an argument or a file's name. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
