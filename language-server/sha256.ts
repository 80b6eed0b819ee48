/** Passwords of `user` lines are compared by their SHA-256, as the server does. */

import { createHash } from 'node:crypto';
import { encodeText } from '../extension/redis/config/encoded-text.ts';

export function sha256(text: string): string {
  return createHash('sha256').update(encodeText(text), 'latin1').digest('hex');
}
