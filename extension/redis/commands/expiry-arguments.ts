/** Expiry times among the arguments of SET, GETEX and EXPIRE, and what the four ways to write them mean. */
import { errors } from '../errors.ts';
import { INT64_MAX } from '../numbers.ts';
import type { Call } from './command.ts';

/** Seconds or milliseconds, from now or since the epoch. */
export type ExpiryUnit = 'ex' | 'px' | 'exat' | 'pxat';

/**
 * Argument i as milliseconds since the epoch. It must lie above zero in its unit, and must not overflow 64 bits.
 */
export function positiveExpiry(call: Call, i: number, unit: ExpiryUnit, command: string): bigint {
  const given = call.args.bigint(i);
  const milliseconds = unit === 'ex' || unit === 'exat' ? given * 1000n : given;
  const at = unit === 'ex' || unit === 'px' ? milliseconds + BigInt(call.now) : milliseconds;
  if (given <= 0n || at > INT64_MAX) throw errors.invalidExpire(command);
  return at;
}

/** Whether a key that expires at `at` is to be removed at once: not on a replica, which leaves that to its primary. */
export function isPast(call: Call, at: bigint): boolean {
  return at <= BigInt(call.now) && call.db.removesExpired;
}

/** Gives key i its expiry; one before 1970 becomes 1970. */
export function expireKeyAt(call: Call, i: number, at: bigint): void {
  call.db.setExpireAt(call.args, i, Math.max(0, Number(at)));
}
