import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesCipher, namesCipherSuite } from '../../../extension/redis/config/tls-ciphers.ts';

test('lists that OpenSSL makes at least one cipher of', () => {
  for (const list of [
    ...['DEFAULT', 'ALL', 'HIGH:!aNULL', 'eNULL', 'aDSS', 'FIPS', 'SUITEB128', 'kECDHEPSK', 'PSK', 'TLSv1.2'],
    ...['ECDHE+AESGCM', 'ECDHE-RSA-AES128-GCM-SHA256', 'SRP-AES-128-CBC-SHA', 'AES256-CCM8', 'nope:AES'],
    ...['DEFAULT@SECLEVEL=1', 'ALL@STRENGTH', 'ALL:-ALL:AES', 'ALL;AES', 'ALL AES', ':ALL:', 'nope/x:ALL'],
    ...['DEFAULTx', '!nope:ALL', 'ALL:+RC4', 'ALL:=x'],
  ]) {
    assert.ok(namesCipher(list), list);
  }
});

test('lists that it makes none of, or does not understand', () => {
  for (const list of [
    ...[
      'nope',
      'RC4',
      '3DES',
      'LOW',
      'EXPORT',
      'TLSv1.1',
      'TLSv1.3',
      'aECDH',
      'kGOST',
      'TLS_AES_128_GCM_SHA256',
    ],
    ...[
      'ECDHE+NOPE',
      '+ALL',
      '-AES',
      '!ALL',
      'ALL:!ALL:AES',
      'ALL:-ALL',
      '@STRENGTH',
      '@SECLEVEL=9:ALL',
      'ALL:@x',
    ],
    ...['ALL+', '*', 'ALL:*', 'é:ALL', 'ALL:(x)', 'ALL|AES', 'DEFAULT_x', 'ecdhe-rsa-aes128-gcm-sha256'],
    'CHACHA20-POLY1305',
  ]) {
    assert.ok(!namesCipher(list), list);
  }
});

test('suites of TLS 1.3 are parted by colons, and unknown ones are passed over', () => {
  for (const list of ['TLS_AES_128_GCM_SHA256', 'nope:TLS_AES_256_GCM_SHA384', ' TLS_AES_128_CCM_SHA256 :x'])
    assert.ok(namesCipherSuite(list), list);
  for (const list of ['nope', ':', 'TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384', 'tls_aes_128_gcm_sha256'])
    assert.ok(!namesCipherSuite(list), list);
});
