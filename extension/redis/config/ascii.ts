/** Case as the server's strcasecmp sees it in the C locale: only A to Z change; `İ` and the Kelvin sign do not. */

export function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}
