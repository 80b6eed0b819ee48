import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplicationHistory } from '../../../extension/node/replication/history.ts';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { Simulation } from '../../../extension/worlds/simulated.ts';

const NONE = '0'.repeat(40);
const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];

function fresh(): ReplicationHistory {
  return new ReplicationHistory(new Simulation(1).world('10.0.0.1').random, () => 1024 * 1024);
}

function write(history: ReplicationHistory, text: string, database = 0): void {
  const bytes = bytesOf(text);
  history.feed(database, bytes, 0, bytes.length);
}

describe('the history of a replica that is promoted', () => {
  it('goes on under a new id; the old one is good up to there, and for itself until something is written', () => {
    const history = fresh();
    history.adopt(A, 100);
    history.shift();
    const { id } = history;
    assert.ok(id !== A && id !== NONE);
    assert.deepEqual([history.secondId, history.secondOffset, history.offset], [A, 101, 100]);
    assert.deepEqual(history.resumePoint(), { id: A, offset: 100 });
    write(history, 'x');
    // It says first which database that is for.
    assert.deepEqual(history.resumePoint(), {
      id,
      offset: 100 + '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n'.length + 1,
    });
  });

  it('begins anew when its data was lost in the middle of a full sync: nobody may go on from there', () => {
    const history = fresh();
    history.adopt(A, 100);
    history.invalidate();
    assert.equal(history.resumePoint(), undefined);
    history.shift();
    assert.ok(history.id !== A);
    assert.deepEqual([history.secondId, history.secondOffset], [NONE, -1]);
    assert.ok(history.valid);
    assert.equal(history.offset, 100, 'offsets do not go back');
  });
});

describe('the history of a replica', () => {
  it('is its primary’s alone: what it knew before is forgotten with the data', () => {
    const history = fresh();
    history.adopt(A, 100);
    history.shift();
    history.invalidate();
    history.adopt(B, 7);
    assert.ok(history.valid);
    assert.deepEqual([history.id, history.offset], [B, 7]);
    assert.deepEqual([history.secondId, history.secondOffset], [NONE, -1]);
    assert.deepEqual(history.resumePoint(), { id: B, offset: 7 });
  });

  it('has another name when its primary was promoted, and is known by the old one up to there', () => {
    const history = fresh();
    history.adopt(A, 100);
    history.rename(B);
    assert.deepEqual([history.id, history.secondId, history.secondOffset], [B, A, 101]);
    assert.deepEqual(history.resumePoint(), { id: B, offset: 100 });
    assert.equal(history.returnTo(B), false);
    assert.equal(history.returnTo(A), true);
    assert.deepEqual([history.id, history.secondId, history.secondOffset], [A, NONE, -1]);
  });
});

describe('the history of a primary', () => {
  it('is counted, but not kept, while nobody listens', () => {
    const history = fresh();
    write(history, 'x');
    write(history, 'y');
    assert.equal(history.offset, 2);
    assert.equal(history.resumePoint(), undefined);
    const backlog = history.startBacklog();
    assert.equal(backlog.begin, 2);
    assert.equal(history.startBacklog(), backlog);
  });

  it('says for which database a command is when that is another one, or somebody begins to listen', () => {
    const history = fresh();
    const backlog = history.startBacklog();
    const select = '*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n'.length;
    const adds = (database: number): number => {
      const before = backlog.end;
      write(history, 'x', database);
      return backlog.end - before;
    };
    assert.deepEqual([3, 3, -1, 3].map(adds), [select + 1, 1, 1, 1]);
    assert.equal(history.database, 3);
    history.unselect();
    assert.equal(history.database, 0);
    assert.equal(adds(-1), 1);
    assert.equal(adds(3), select + 1);
  });

  it('that is kept for nobody any longer ends, and another one begins', () => {
    const history = fresh();
    history.startBacklog();
    write(history, 'x');
    const { id, offset } = history;
    history.release();
    assert.notEqual(history.id, id);
    assert.equal(history.offset, offset);
    assert.equal(history.backlog, undefined);
  });
});
