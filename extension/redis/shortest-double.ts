/**
 * Doubles as Redis 7.2 prints them: in few digits that read back as the same double. It finds these by Grisu2 (Loitsch,
 * "Printing Floating-Point Numbers Quickly and Accurately with Integers", 2010), which reckons with 64 bits and so has
 * to keep a little away from the ends of the interval of numbers that read back the same: of a thousand doubles one gets
 * a digit more than it needs, or a last digit that is not the nearest. JavaScript always finds the shortest; to be right
 * to the byte we reckon as Redis does. Halves of 64 bits are numbers below 2^32, and products are taken apart so that
 * every step is exact.
 */

const HALF = 2 ** 32;
/** Bits of a double's fraction that stand in the higher half, and the bit that is implied. */
const HIGH_FRACTION = 2 ** 20;
/**
 * Below are the subnormal ones, whose intervals may be too wide for exact steps. They are printed as JavaScript does: of
 * those just below, one in ten thousand has a digit more in Redis.
 */
const SMALLEST_NORMAL = 2 ** -1022;

/** Powers of ten that are kept: from 10^-348 on, each eighth. */
const FIRST_POWER = -348;
const POWER_STEP = 8;
/** With a power of ten a number comes to lie so that its point is between these bits from the right. */
const LEAST_POINT = 32;
const MOST_POINT = 60;

/** A power of ten: 64 bits, whose highest is set, times 2^exponent. */
interface Power {
  readonly high: number;
  readonly low: number;
  readonly exponent: number;
}

/** Worked out when they are needed. */
const powers: Power[] = [];

/** The decimal digits of a double, without zeros in front, and the power of ten of the last one. */
interface Decimal {
  readonly digits: string;
  readonly last: number;
}

/** 64 bits: the higher 32, the lower 32. */
type Halves = Uint32Array;

// A double with both ends of its interval, times a power of ten.
const under: Halves = new Uint32Array(2);
const middle: Halves = new Uint32Array(2);
const over: Halves = new Uint32Array(2);

const bits = new DataView(new ArrayBuffer(Float64Array.BYTES_PER_ELEMENT));

/** `value` as Redis prints a double that it does not print as an integer: `1e+10`, `0.1`, `-0`, `inf`, `nan`. */
export function shortestDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? '-' : '';
  if (value === 0) return `${sign}0`;
  if (!Number.isFinite(value)) return `${sign}inf`;
  const size = Math.abs(value);
  // Few digits without a point need no search.
  if (size < 1e7 && Number.isInteger(size)) return String(value);
  return sign + layOut(size < SMALLEST_NORMAL ? shortestOf(size) : decimalOf(size), negative);
}

/** Up to seven zeros behind the digits, up to six of them behind the point or up to three in front, or an exponent. */
function layOut({ digits, last }: Decimal, negative: boolean): string {
  const count = digits.length;
  const first = last + count - 1;
  if (last >= 0 && first < count + 7) return digits + '0'.repeat(last);
  if (last < 0 && (last > -7 || Math.abs(first) < 4)) {
    const whole = count + last;
    return whole <= 0
      ? `0.${'0'.repeat(-whole)}${digits}`
      : `${digits.slice(0, whole)}.${digits.slice(whole)}`;
  }
  const kept = digits.slice(0, negative ? 17 : 18);
  const mantissa = kept.length > 1 ? `${kept.charAt(0)}.${kept.slice(1)}` : kept;
  return `${mantissa}e${first < 0 ? '-' : '+'}${Math.abs(first)}`;
}

function shortestOf(value: number): Decimal {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  return { digits, last: Number(power) - digits.length + 1 };
}

/** Of a positive normal double. */
function decimalOf(value: number): Decimal {
  bits.setFloat64(0, value);
  const top = bits.getUint32(0);
  const bottom = bits.getUint32(4);
  const fraction = (top & (HIGH_FRACTION - 1)) + HIGH_FRACTION;
  // 64 bits whose highest is set. The eleven lowest are 0, and half the distance to the next double is 2^10.
  const exponent = (top >>> 20) - 1075 - 11;
  const high = ((fraction << 11) | (bottom >>> 21)) >>> 0;
  const low = (bottom << 11) >>> 0;
  // The double below a power of two is nearer.
  const below = bottom === 0 && fraction === HIGH_FRACTION ? 512 : 1024;
  const index = powerFor(exponent);
  const power = powerAt(index);
  multiply(high, low, power, middle);
  multiply(low === 0 ? high - 1 : high, low === 0 ? HALF - below : low - below, power, under);
  multiply(high, low + 1024, power, over);
  // What rounding may have added or taken is kept away from: one at each end.
  if (over[1] === 0) over[0]--;
  over[1]--;
  const delta = difference(over, under) - 1;
  const point = -(exponent + power.exponent + 64);
  return digitsOf(over, point, delta, difference(over, middle), -(FIRST_POWER + index * POWER_STEP));
}

/**
 * Digits of `number` * 2^-point, from the front, until what is left lies within `delta`; the last one is then lowered
 * towards the double itself, which is `distance` below. `scale` is the power of ten that the digits are to be taken times.
 */
function digitsOf(number: Halves, point: number, delta: number, distance: number, scale: number): Decimal {
  const shift = point - 32;
  const mask = 2 ** shift - 1;
  let [high, low] = [number[0] & mask, number[1]];
  let whole = number[0] >>> shift;
  let text = whole === 0 ? '' : String(whole);
  // As long as there are whole digits left, so is there too much: `delta` is far below one.
  if (high === 0 && low <= delta) {
    const digits = text.replace(/0+$/, '');
    return { digits, last: scale + text.length - digits.length };
  }
  let within = delta;
  let back = distance;
  for (let last = scale - 1; ; last--) {
    const lower = low * 10;
    const upper = high * 10 + Math.floor(lower / HALF);
    low = lower >>> 0;
    high = upper & mask;
    whole = upper >>> shift;
    // At most 13 bits times 10^17: 53 bits, and the rest are zeros.
    within *= 10;
    back *= 10;
    const limit = Math.floor(within / HALF);
    if (high < limit || (high === limit && low < within >>> 0)) {
      return { digits: text + (whole - steps(high, low, mask + 1, within, back)), last };
    }
    if (whole > 0 || text !== '') text += whole;
  }
}

/** Numbers that double arithmetic says are further apart than this are so. */
const DOUBT = 2 ** 14;

/** By how much the last digit is to be lowered to come nearest: each step of `unit` brings the rest nearer to `back`. */
function steps(high: number, low: number, unit: number, within: number, back: number): number {
  const step = unit * HALF;
  let rest = high * HALF + low;
  for (let count = 0; ; count++) {
    const room = within - rest - step;
    const gain = 2 * (back - rest) - step;
    if (Math.abs(room) < DOUBT || Math.abs(gain) < DOUBT) return exactSteps(high, low, step, within, back);
    if (room < 0 || gain < 0) return count;
    rest += step;
  }
}

function exactSteps(high: number, low: number, step: number, within: number, back: number): number {
  const one = BigInt(step);
  let rest = (BigInt(high) << 32n) + BigInt(low);
  for (let count = 0; ; count++) {
    if (BigInt(within) - rest < one || 2n * (BigInt(back) - rest) <= one) return count;
    rest += one;
  }
}

/** Which power brings a number of 64 bits times 2^exponent to where its digits can be taken. */
function powerFor(exponent: number): number {
  // 0.30103 is the logarithm of 2; from there on it is one or two steps.
  const about = Math.trunc(-(exponent + 87) * 0.30102999566398114);
  let index = Math.trunc((about - FIRST_POWER) / POWER_STEP);
  for (;;) {
    const point = -(exponent + powerAt(index).exponent + 64);
    if (point > MOST_POINT) index++;
    else if (point < LEAST_POINT) index--;
    else return index;
  }
}

function powerAt(index: number): Power {
  const known = powers[index];
  if (known !== undefined) return known;
  const exponent = FIRST_POWER + index * POWER_STEP;
  const size = 10n ** BigInt(Math.abs(exponent));
  const length = size.toString(2).length;
  // One bit more than is kept: of the power, or of its reciprocal, which has no end.
  const [digits, scale] =
    exponent < 0
      ? [(1n << BigInt(64 + length)) / size, 64 + length]
      : [(size << 65n) >> BigInt(length), 65 - length];
  const rounded = (digits + 1n) >> 1n;
  const power = {
    high: Number(rounded >> 32n),
    low: Number(rounded & 0xffff_ffffn),
    exponent: 1 - scale,
  };
  powers[index] = power;
  return power;
}

/** The higher 64 bits of a product, rounded; what the two lower halves add below 2^32 is left out. */
function multiply(high: number, low: number, power: Power, into: Halves): void {
  const middle = lowHalf(high, power.low) + lowHalf(low, power.high) + highHalf(low, power.low) + 2 ** 31;
  const lower =
    lowHalf(high, power.high) +
    highHalf(high, power.low) +
    highHalf(low, power.high) +
    Math.floor(middle / HALF);
  into[0] = highHalf(high, power.high) + Math.floor(lower / HALF);
  into[1] = lower;
}

// Of the product of 32 by 32 bits.

function lowHalf(a: number, b: number): number {
  return Math.imul(a, b) >>> 0;
}

function highHalf(a: number, b: number): number {
  const upper = a * (b >>> 16);
  const lower = (upper & 0xffff) * 65_536 + a * (b & 0xffff);
  return Math.floor(upper / 65_536) + Math.floor(lower / HALF);
}

function difference(a: Halves, b: Halves): number {
  return (a[0] - b[0]) * HALF + a[1] - b[1];
}
