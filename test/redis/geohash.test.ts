import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Area, coveringCells, distanceBetween, distanceWithin } from '../../extension/redis/geo-area.ts';
import {
  cellAt,
  cellBounds,
  exactCellNumber,
  FULL_STEPS,
  geohashText,
  neighbour,
  positionOf,
  scoresOf,
} from '../../extension/redis/geohash.ts';
import { SeededRandom } from './seeded-random.ts';

const PALERMO = { longitude: 13.361389, latitude: 38.115556 };
const CATANIA = { longitude: 15.087269, latitude: 37.502669 };

describe('geohashes', () => {
  it('make a place a number and the number nearly the place again', () => {
    const score = Number(exactCellNumber(cellAt(PALERMO, FULL_STEPS)));
    assert.equal(score, 3479099956230698);
    const place = positionOf(score);
    // Half a cell is 30 cm.
    assert.ok(distanceBetween(place, PALERMO) < 0.6);
    assert.equal(geohashText(place), 'sqc8b49rny0');
  });

  it('have neighbours all around, over the edges too', () => {
    const cell = cellAt({ longitude: 179.9, latitude: 0 }, 10);
    const east = neighbour(cell, 1, 0);
    assert.equal(east.x, 0);
    assert.deepEqual(neighbour(east, -1, 0), cell);
    assert.equal(cellBounds(neighbour(cell, 0, 1)).south, cellBounds(cell).north);
  });

  it('name the scores of a cell', () => {
    const cell = cellAt(CATANIA, 12);
    const { from, to } = scoresOf(cell);
    const score = Number(exactCellNumber(cellAt(CATANIA, FULL_STEPS)));
    assert.ok(score >= from && score < to);
    assert.equal(to - from, 2 ** (2 * (FULL_STEPS - 12)));
  });
});

describe('distances', () => {
  it('are measured along the globe', () => {
    assert.equal(Math.round(distanceBetween(PALERMO, CATANIA)), 166274);
    const north = { longitude: 0, latitude: 10 };
    assert.equal(Math.round(distanceBetween(north, { longitude: 0, latitude: 11 })), 111226);
  });

  it('end at the edge of a circle and of a box', () => {
    const within = (area: Area) => distanceWithin(area, CATANIA) !== undefined;
    assert.equal(within({ shape: 'circle', centre: PALERMO, radius: 166_275 }), true);
    assert.equal(within({ shape: 'circle', centre: PALERMO, radius: 166_273 }), false);
    assert.equal(within({ shape: 'box', centre: PALERMO, width: 310_000, height: 140_000 }), true);
    assert.equal(within({ shape: 'box', centre: PALERMO, width: 300_000, height: 140_000 }), false);
    assert.equal(within({ shape: 'box', centre: PALERMO, width: 310_000, height: 130_000 }), false);
  });
});

describe('the cells that cover an area', () => {
  it('hold every place in it', () => {
    const random = new SeededRandom(17);
    for (let round = 0; round < 2000; round++) {
      const centre = { longitude: random.below(340) - 170, latitude: random.below(160) - 80 };
      const radius = 10 ** (1 + random.fraction() * 4.5);
      const area: Area = { shape: 'circle', centre, radius };
      const cells = coveringCells(area);
      const place = {
        longitude: centre.longitude + (random.fraction() - 0.5) * 4 * (radius / 111_000),
        latitude: centre.latitude + (random.fraction() - 0.5) * 2 * (radius / 111_000),
      };
      if (distanceWithin(area, place) === undefined || Math.abs(place.latitude) > 85) continue;
      const score = Number(exactCellNumber(cellAt(place, FULL_STEPS)));
      const covered = cells.some((cell) => score >= scoresOf(cell).from && score < scoresOf(cell).to);
      assert.ok(covered, JSON.stringify({ centre, radius, place }));
    }
  });
});
