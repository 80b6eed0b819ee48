import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Turns } from '../../extension/node/turns.ts';
import { Simulation } from '../../extension/worlds/simulated.ts';

/** Turns, and what happened in them in order. */
class Stage {
  readonly story: string[] = [];
  readonly simulation = new Simulation(1);
  holding = false;
  readonly turns = new Turns({
    clock: this.simulation.world('10.0.0.1').clock,
    begun: () => this.story.push('begun'),
    serveBlocked: () => this.story.push('serve'),
    settle: () => this.story.push('settle'),
    holdsReplies: () => this.holding,
    ended: () => {},
  });

  session(name: string, whenItGoesOn = () => {}) {
    return {
      goOn: () => {
        this.story.push(`${name} goes on`);
        whenItGoesOn();
      },
      flushPushes: () => this.story.push(`${name} is told`),
      endIfClosing: () => {},
    };
  }
}

describe('a turn', () => {
  it('ends once: what it sets off belongs to it', () => {
    const { turns, story } = new Stage();
    turns.run(() => {
      story.push('work');
      turns.run(() => story.push('more work'));
    });
    assert.deepEqual(story, ['begun', 'work', 'more work', 'serve', 'settle']);
  });

  it('lets sessions go on, those that these wake included, before anything leaves', () => {
    const stage = new Stage();
    const { turns, story } = stage;
    const second = stage.session('b');
    const first = stage.session('a', () => turns.goOnLater(second));
    turns.run(() => {
      turns.flushLater(first);
      turns.goOnLater(first);
    });
    assert.deepEqual(story, ['begun', 'serve', 'a goes on', 'b goes on', 'settle', 'a is told']);
  });

  it('keeps to itself what is not in the append-only file yet', () => {
    const stage = new Stage();
    stage.holding = true;
    stage.turns.run(() => stage.turns.flushLater(stage.session('a')));
    assert.ok(!stage.story.includes('a is told'));
    stage.holding = false;
    stage.turns.run(() => {});
    assert.equal(stage.story.at(-1), 'a is told');
  });

  it('ends even when its work throws', () => {
    const { turns, story } = new Stage();
    assert.throws(() =>
      turns.run(() => {
        throw new Error('a bug');
      }),
    );
    turns.run(() => {});
    assert.deepEqual(story, ['begun', 'serve', 'settle', 'begun', 'serve', 'settle']);
  });
});

describe('outside of turns', () => {
  it('what happens gets one of its own, soon, and one for all', () => {
    const stage = new Stage();
    stage.turns.goOnLater(stage.session('a'));
    stage.turns.flushLater(stage.session('b'));
    assert.deepEqual(stage.story, []);
    stage.simulation.runFor(1);
    assert.deepEqual(stage.story, ['begun', 'serve', 'a goes on', 'settle', 'b is told']);
  });

  it('a session that is gone is not woken', () => {
    const stage = new Stage();
    const session = stage.session('a');
    stage.turns.goOnLater(session);
    stage.turns.forget(session);
    stage.simulation.runFor(1);
    assert.deepEqual(stage.story, ['begun', 'serve', 'settle']);
  });

  it('a node that has ended begins none', () => {
    const stage = new Stage();
    stage.turns.end();
    stage.turns.goOnLater(stage.session('a'));
    stage.simulation.runFor(1);
    assert.deepEqual(stage.story, []);
  });
});
