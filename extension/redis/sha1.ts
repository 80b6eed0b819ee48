/**
 * SHA-1, which names scripts and stands in digests of data. It is what Redis uses there; it is not fit for anything
 * that an attacker must not forge.
 */
import { hash } from 'node:crypto';

/** The 20 bytes of the digest. */
export function sha1(message: Uint8Array): Uint8Array {
  return hash('sha1', message, 'buffer');
}
