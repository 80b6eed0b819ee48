/** Decimal integers kept as text: intsets hold the whole range of 64 bits, which a JS number does not. */
import type { Binary } from '../bytes.ts';

/** Digits of the largest and of the smallest 64-bit integer, without the sign. */
const LARGEST = '9223372036854775807';
const SMALLEST = '9223372036854775808';

/** True when `text` is a 64-bit integer in the one form Redis prints it: no plus, no blanks, no leading zeros. */
export function isIntegerText(text: Binary): boolean {
  const length = text.length;
  const negative = text.charCodeAt(0) === 45;
  const first = negative ? 1 : 0;
  const digits = length - first;
  if (digits < 1 || digits > 19) return false;
  if (text.charCodeAt(first) === 48) return length === 1;
  for (let i = first; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  if (digits < 19) return true;
  return negative ? text.slice(1) <= SMALLEST : text <= LARGEST;
}

/** Numeric order of two texts for which `isIntegerText` holds: negative, 0 or positive. */
export function compareIntegerTexts(a: Binary, b: Binary): number {
  const aNegative = a.charCodeAt(0) === 45;
  const bNegative = b.charCodeAt(0) === 45;
  if (aNegative !== bNegative) return aNegative ? -1 : 1;
  // Same sign and canonical form: the longer has the larger magnitude, equal lengths compare digit by digit.
  const magnitude = a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  return aNegative ? -magnitude : magnitude;
}
