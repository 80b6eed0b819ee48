/**
 * Geohashes: the world halved by turns in longitude and latitude, so that a cell is a number and near places mostly
 * have near numbers. A score of a geo set is a cell of 26 halvings each way, 52 bits that a double holds exactly.
 */

/** The limits of Web Mercator (EPSG:3857), beyond which Redis indexes nothing. */
export const MAX_LATITUDE = 85.05112878;
export const MAX_LONGITUDE = 180;
/** Halvings each way in a score. */
export const FULL_STEPS = 26;

export interface Position {
  readonly longitude: number;
  readonly latitude: number;
}

/** Column and row of a cell, from the south-west corner, after `steps` halvings each way. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly steps: number;
}

export interface CellBounds {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

export function cellAt({ longitude, latitude }: Position, steps: number, maxLatitude = MAX_LATITUDE): Cell {
  const cells = 2 ** steps;
  return {
    x: Math.floor(((longitude + MAX_LONGITUDE) / (2 * MAX_LONGITUDE)) * cells),
    y: Math.floor(((latitude + maxLatitude) / (2 * maxLatitude)) * cells),
    steps,
  };
}

export function cellBounds({ x, y, steps }: Cell): CellBounds {
  const cells = 2 ** steps;
  return {
    west: -MAX_LONGITUDE + (x / cells) * 2 * MAX_LONGITUDE,
    east: -MAX_LONGITUDE + ((x + 1) / cells) * 2 * MAX_LONGITUDE,
    south: -MAX_LATITUDE + (y / cells) * 2 * MAX_LATITUDE,
    north: -MAX_LATITUDE + ((y + 1) / cells) * 2 * MAX_LATITUDE,
  };
}

/** The cell `dx` columns to the east and `dy` rows to the north; the world is a torus here. */
export function neighbour({ x, y, steps }: Cell, dx: number, dy: number): Cell {
  const cells = 2 ** steps;
  // A place on the eastern edge lies in a column of its own behind the last, which only a step aside leaves.
  const wrap = (value: number, step: number) => (step === 0 ? value : (value + step + cells) % cells);
  return { x: wrap(x, dx), y: wrap(y, dy), steps };
}

/** Bits of latitude and longitude by turns, longitude first. */
function cellNumber({ x, y }: Cell): number {
  return 2 * spread(x) + spread(y);
}

/** The same to the last bit: on the eastern edge of the world there are 54, which no double holds. */
export function exactCellNumber({ x, y }: Cell): bigint {
  return 2n * BigInt(spread(x)) + BigInt(spread(y));
}

/** Scores of a cell: from `from` to before `to`. */
export function scoresOf(cell: Cell): { readonly from: number; readonly to: number } {
  const scale = 2 ** (2 * (FULL_STEPS - cell.steps));
  const number = cellNumber(cell);
  return { from: number * scale, to: (number + 1) * scale };
}

/** The middle of the cell that a score is. */
export function positionOf(score: number): Position {
  const number = Math.max(0, Math.trunc(score));
  const { west, east, south, north } = cellBounds({
    x: gather(Math.floor(number / 2)),
    y: gather(number),
    steps: FULL_STEPS,
  });
  return {
    longitude: Math.min(MAX_LONGITUDE, Math.max(-MAX_LONGITUDE, (west + east) / 2)),
    latitude: Math.min(MAX_LATITUDE, Math.max(-MAX_LATITUDE, (south + north) / 2)),
  };
}

/** Halves of this many bits, which 32-bit arithmetic can spread. */
const HALF = 13;

/** Puts a zero before each bit. The eastern and northern edges of the world have 27 bits. */
function spread(value: number): number {
  return spreadHalf(Math.floor(value / 2 ** HALF)) * 2 ** (2 * HALF) + spreadHalf(value % 2 ** HALF);
}

function spreadHalf(half: number): number {
  let bits = (half | (half << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** Takes every second bit, from the lowest on. */
function gather(value: number): number {
  const low = value % 2 ** (2 * HALF);
  // A score that is no cell (ZADD takes any) loses its highest bits.
  const high = Math.floor(value / 2 ** (2 * HALF)) % 2 ** 30;
  return gatherHalf(high) * 2 ** HALF + gatherHalf(low);
}

function gatherHalf(value: number): number {
  let bits = value & 0x55555555;
  bits = (bits | (bits >> 1)) & 0x33333333;
  bits = (bits | (bits >> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >> 4)) & 0x00ff00ff;
  return (bits | (bits >> 8)) & 0x0000ffff;
}

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
const CHARACTERS = 10;

/** The geohash people know (geohash.org): poles included, five bits a character, of which 52 bits fill ten. */
export function geohashText(position: Position): string {
  const number = cellNumber(cellAt(position, FULL_STEPS, 90));
  let text = '';
  for (let n = 1; n <= CHARACTERS; n++) {
    text += ALPHABET.charAt(Math.floor(number / 2 ** (2 * FULL_STEPS - 5 * n)) % 32);
  }
  // The eleventh would have two bits left; Redis gives it as zero.
  return `${text}0`;
}
