/** The spelling of addresses, as inet_pton and inet_ntop have it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { normalIp } from '../../../extension/node/cluster/ip-address.ts';

it('addresses have one spelling', () => {
  for (const [text, normal] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['FE80::0001', 'fe80::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::ffff:a00:1', '::ffff:10.0.0.1'],
    ['::10.0.0.1', '::10.0.0.1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ] as const) {
    assert.equal(normalIp(text), normal, text);
  }
});

it('what is no address is none', () => {
  for (const text of [
    ...['', 'localhost', '1.2.3', '1.2.3.256', '1.2.3.04', '1.2.3.4.5', '1:2', ':', ':::', '1::2::3'],
    ...[
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7::8',
      '12345::',
      '1.2.3.4::1',
      'g::',
      '::1.2.3',
      '1.2.3.4::',
    ],
    ...['fe80::1%eth0', ':1', '1:'],
  ]) {
    assert.equal(normalIp(text), undefined, text);
  }
});
