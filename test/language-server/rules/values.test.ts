import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../findings-shown.ts';
import { conf, service } from '../service-under-test.ts';

test('variables of a shell or of a template engine are characters; braces of the title template are its own', () => {
  const variable = '$'.concat('{PASS}');
  assert.deepEqual(shown(`requirepass ${variable}\n`), [`1? unexpanded-variable “${variable}”`]);
  assert.deepEqual(shown('user a on >{{pass}} ~*\n'), ['1? unexpanded-variable “>{{pass}}”']);
  assert.deepEqual(shown('proc-title-template "{title} {{title}}"\n'), []);
  assert.deepEqual(shown('requirepass $PASS\nmasterauth {pass}\n'), []);
});

test('a size of which the server keeps 64 bits', () => {
  assert.deepEqual(shown('maxmemory 17179869184gb\n'), ['1? memory-size-overflow “17179869184gb”']);
  // All of them count for a limit without a sign.
  assert.deepEqual(shown('maxmemory 17179869183gb\n'), []);
  assert.deepEqual(shown('maxmemory 8589934592gb\n'), []);
});

test('a size of a unit alone is nothing, and one without a unit may lack it', () => {
  assert.deepEqual(shown('maxmemory gb\n'), ['1? memory-size-without-digits “gb”']);
  assert.deepEqual(shown('maxmemory 1048575\n'), ['1? maxmemory-tiny “1048575”']);
  assert.deepEqual(shown('maxmemory 1048576\n'), []);
  assert.deepEqual(shown('maxmemory 1\n'), ['1? maxmemory-tiny “1”']);
  assert.deepEqual(shown('maxmemory 0\n'), []);
});

test('numbers that servers before 6.0 make something of', () => {
  assert.deepEqual(shown('repl-timeout 60s\n', 'redis-5.0'), ['1? lenient-number “60s”']);
  assert.deepEqual(shown('repl-timeout 60\n', 'redis-5.0'), []);
  assert.deepEqual(shown('maxmemory lots\n', 'redis-5.0'), ['1? lenient-number “lots”']);
  const [found] = service({ settings: { target: 'redis-5.0' } }).diagnose(conf('repl-timeout 60s\n'));
  assert.match(String(found?.message), /takes it for 60\.$/);
});

test('hz is kept within 1 and 500', () => {
  for (const hz of [1, 10, 500]) assert.deepEqual(shown(`hz ${hz}\n`), [], String(hz));
  for (const hz of [0, 501]) assert.deepEqual(shown(`hz ${hz}\n`), [`1i hz-limited “${hz}”`]);
});

test('scores may stay equal, but not descend', () => {
  for (const scores of ['0 200 800', '0 0 0', '5 5 6', '-1 0 0'])
    assert.deepEqual(shown(`oom-score-adj-values ${scores}\n`), [], scores);
  for (const scores of ['1 0 800', '0 200 199'])
    assert.deepEqual(shown(`oom-score-adj-values ${scores}\n`), [
      `1? oom-scores-descending “oom-score-adj-values ${scores}”`,
    ]);
});

test('a save line of several pairs counts from 7.0 on, and one that clears does so everywhere', () => {
  for (const line of ['save ""', 'save 900 1']) assert.deepEqual(shown(`${line}\n`, 'redis-6.2'), [], line);
  assert.deepEqual(shown('save 900 1 300 10\n', 'redis-6.2'), ['1? save-line-ignored “save 900 1 300 10”']);
  assert.deepEqual(shown('save 900 1 300 10\n', 'redis-7.0'), []);
});

test('defragmentation is warned of where it is turned on', () => {
  assert.deepEqual(shown('activedefrag yes\n'), ['1? defrag-needs-allocator “yes”']);
  assert.deepEqual(shown('activedefrag no\n'), []);
});

test('a user can log in when the last word on it is on', () => {
  const cannot = (rules: string) =>
    shown(`user app ${rules}\n`).some((found) => found.includes('user-without-on'));
  for (const rules of ['on >x', 'ON >x', 'reset on >x', 'on >x reset on', 'off >x', 'on off'])
    assert.equal(cannot(rules), false, rules);
  for (const rules of ['>x', '~* +@all', 'on reset >x']) assert.equal(cannot(rules), true, rules);
  // A user named on is not on by that.
  assert.deepEqual(shown('user on >x\n'), ['1? user-without-on “on”']);
  const [found] = service({ settings: { target: 'redis-7.2' } }).diagnose(conf('user app >x\n'));
  assert.match(String(found?.message), /“app”/);
});
