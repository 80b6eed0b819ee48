/** Circles and boxes on the globe, the distance between places, and the cells of a geohash that cover an area. */
import type { Cell, Position } from './geohash.ts';
import { cellAt, cellBounds, neighbour } from './geohash.ts';

/** Quadratic mean radius of the earth (WGS 84), in metres. */
const EARTH_RADIUS = 6372797.560856;
/** Half of the equator in Web Mercator, in metres. */
const MERCATOR_MAX = 20037726.37;
const DEGREE = Math.PI / 180;

/** Lengths in metres. */
export type Area =
  | { readonly shape: 'circle'; readonly centre: Position; readonly radius: number }
  | { readonly shape: 'box'; readonly centre: Position; readonly width: number; readonly height: number };

/** Haversine, in metres. */
export function distanceBetween(a: Position, b: Position): number {
  const v = Math.sin((b.longitude * DEGREE - a.longitude * DEGREE) / 2);
  // On one meridian it is the plain arc.
  if (v === 0) return arcOfLatitude(a.latitude, b.latitude);
  const latitudeA = a.latitude * DEGREE;
  const latitudeB = b.latitude * DEGREE;
  const u = Math.sin((latitudeB - latitudeA) / 2);
  const haversine = u * u + Math.cos(latitudeA) * Math.cos(latitudeB) * v * v;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(haversine));
}

function arcOfLatitude(a: number, b: number): number {
  return EARTH_RADIUS * Math.abs(b * DEGREE - a * DEGREE);
}

/** How far `place` is from the centre, in metres; undefined outside of the area. */
export function distanceWithin(area: Area, place: Position): number | undefined {
  const { centre } = area;
  if (area.shape === 'circle') {
    const distance = distanceBetween(centre, place);
    return distance > area.radius ? undefined : distance;
  }
  if (arcOfLatitude(place.latitude, centre.latitude) > area.height / 2) return undefined;
  const onItsParallel = { longitude: centre.longitude, latitude: place.latitude };
  if (distanceBetween(place, onItsParallel) > area.width / 2) return undefined;
  return distanceBetween(centre, place);
}

/** Up to nine cells that cover the area: the centre's and those of its neighbours that the area reaches. */
export function coveringCells(area: Area): Cell[] {
  const bounds = boundsOf(area);
  let steps = stepsFor(area);
  let centre = cellAt(area.centre, steps);
  // Near the edge of its cell the area may reach beyond the neighbours: larger cells then.
  if (steps > 1 && reachesBeyond(centre, bounds)) {
    steps--;
    centre = cellAt(area.centre, steps);
  }
  const cell = cellBounds(centre);
  // With a single halving neighbours are the same cells from either side, and all are needed.
  const all = steps < 2;
  const reach = {
    north: all || cell.north <= bounds.north,
    south: all || cell.south >= bounds.south,
    east: all || cell.east <= bounds.east,
    west: all || cell.west >= bounds.west,
  };
  const cells = [centre];
  const add = (reached: boolean, dx: number, dy: number) => {
    if (reached) cells.push(neighbour(centre, dx, dy));
  };
  // In Redis' order, which is the order of unsorted results.
  add(reach.north, 0, 1);
  add(reach.south, 0, -1);
  add(reach.east, 1, 0);
  add(reach.west, -1, 0);
  add(reach.north && reach.east, 1, 1);
  add(reach.north && reach.west, -1, 1);
  add(reach.south && reach.east, 1, -1);
  add(reach.south && reach.west, -1, -1);
  return withoutRepetitions(cells);
}

/** Huge areas make neighbours of both sides the same cell: it is passed over right behind itself, but for the centre. */
function withoutRepetitions(cells: readonly Cell[]): Cell[] {
  const kept: Cell[] = [];
  for (const cell of cells) {
    const last = kept.length > 1 ? kept[kept.length - 1] : undefined;
    if (last === undefined || last.x !== cell.x || last.y !== cell.y) kept.push(cell);
  }
  return kept;
}

interface Bounds {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

function boundsOf(area: Area): Bounds {
  const { longitude, latitude } = area.centre;
  const height = area.shape === 'circle' ? area.radius : area.height / 2;
  const width = area.shape === 'circle' ? area.radius : area.width / 2;
  const dLatitude = height / EARTH_RADIUS / DEGREE;
  // A degree of longitude is shortest at the edge that is nearer to a pole.
  const edge = latitude < 0 ? latitude - dLatitude : latitude + dLatitude;
  const dLongitude = width / EARTH_RADIUS / Math.cos(edge * DEGREE) / DEGREE;
  return {
    west: longitude - dLongitude,
    east: longitude + dLongitude,
    south: latitude - dLatitude,
    north: latitude + dLatitude,
  };
}

/** Halvings after which cells are still at least as large as the area. */
function stepsFor(area: Area): number {
  let radius =
    area.shape === 'circle'
      ? area.radius
      : Math.sqrt((area.width / 2) * (area.width / 2) + (area.height / 2) * (area.height / 2));
  if (radius === 0) return 26;
  let steps = 1;
  for (; radius < MERCATOR_MAX; radius *= 2) steps++;
  steps -= 2;
  // Towards the poles cells grow narrow.
  const { latitude } = area.centre;
  if (Math.abs(latitude) > 66) steps--;
  if (Math.abs(latitude) > 80) steps--;
  return Math.min(26, Math.max(1, steps));
}

function reachesBeyond(cell: Cell, bounds: Bounds): boolean {
  return (
    cellBounds(neighbour(cell, 0, 1)).north < bounds.north ||
    cellBounds(neighbour(cell, 0, -1)).south > bounds.south ||
    cellBounds(neighbour(cell, 1, 0)).east < bounds.east ||
    cellBounds(neighbour(cell, -1, 0)).west > bounds.west
  );
}
