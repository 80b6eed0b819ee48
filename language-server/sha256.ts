/** Passwords of `user` lines are compared by their SHA-256, as the server does. */

import { createHash } from 'node:crypto';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
