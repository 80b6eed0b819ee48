import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deque } from '../../../extension/redis/store/deque.ts';
import { SeededRandom } from '../seeded-random.ts';

test('a deque agrees with an array over thousands of random changes', () => {
  const random = new SeededRandom(4);
  const deque = new Deque([1, 2, 3]);
  const model = [1, 2, 3];
  for (let step = 0; step < 5000; step++) {
    change(deque, model, step, random);
    assert.equal(deque.length, model.length);
    assert.equal(deque.first, model[0]);
    assert.equal(deque.last, model.at(-1));
    const index = random.below(model.length + 1);
    if (index < model.length) assert.equal(deque.at(index), model[index]);
  }
  assert.deepEqual([...deque], model);
  // From either end to nothing, and on.
  while (model.length > 40) assert.equal(deque.popFirst(), model.shift());
  while (model.length > 0) assert.equal(deque.popLast(), model.pop());
  assert.deepEqual([deque.popFirst(), deque.popLast(), deque.first, deque.last], Array(4).fill(undefined));
  deque.pushFirst(7);
  assert.deepEqual([...deque], [7]);
});

function change(deque: Deque<number>, model: number[], item: number, random: SeededRandom): void {
  const index = random.below(model.length + 1);
  switch (random.below(7)) {
    case 0:
    case 1:
      deque.pushFirst(item);
      model.unshift(item);
      break;
    case 2:
      deque.pushLast(item);
      model.push(item);
      break;
    case 3:
      assert.equal(deque.popFirst(), model.shift());
      break;
    case 4:
      assert.equal(deque.popLast(), model.pop());
      break;
    case 5:
      deque.insert(index, item);
      model.splice(index, 0, item);
      break;
    default:
      if (index === model.length) return;
      deque.replace(index, item);
      model[index] = item;
  }
}
