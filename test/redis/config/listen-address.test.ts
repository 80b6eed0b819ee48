import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalAddress, collide, findFault } from '../../../extension/redis/config/listen-address.ts';

test('what no machine can listen on, in the words of the system', () => {
  for (const name of [
    'a..b',
    '.a',
    'a'.repeat(64),
    `${'a.'.repeat(127)}a`,
    '127.0.0.1.',
    'host.1',
    'x/y',
    '[::1]',
  ])
    assert.equal(findFault(name), 'Name or service not known', name);
  for (const address of ['::1%lo', '2001:db8::1%eth0', '::%', '1::2::3', '12345::'])
    assert.equal(findFault(address), 'Name or service not known', address);
  for (const address of ['fe80::1', '::ffff:10.0.0.1', 'ff02::1', 'FF0e::2'])
    assert.equal(findFault(address), 'bind: Invalid argument', address);
});

test('what some machine may listen on', () => {
  const names = ['*', '::*', 'localhost', 'redis_1', 'a.b.', `${'a'.repeat(63)}.b`, 'x-', '3com.example'];
  const addresses = ['fe80::1%eth0', 'fe80::2%1', '::1%1', '240.0.0.1', '224.0.0.1', '::1.2.3.4', '1.2.3'];
  for (const word of [...names, ...addresses]) assert.equal(findFault(word), undefined, word);
});

test('one address in several spellings', () => {
  for (const [a, b] of [
    ['localhost', '127.0.0.1'],
    ['LocalHost', '127.1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['0', '*'],
  ] as const) {
    assert.ok(collide(canonicalAddress(a), canonicalAddress(b)), `${a} ${b}`);
  }
  assert.ok(!collide(canonicalAddress('localhost'), canonicalAddress('::1')));
});
