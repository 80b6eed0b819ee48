/** Which server a file is written for. */

import type { Target } from '../extension/redis/config/directive.ts';
import type { ServerSettings } from './protocol.ts';

/** What the lab speaks. */
const LAB: Target = 'redis-7.2';
const NEWEST_VALKEY: Target = 'valkey-8.1';

/** `path` may be a path or a URI: only the name of the file counts. */
export function targetOf(path: string, setting: ServerSettings['target']): Target {
  if (setting !== 'auto') return setting;
  return /(?:^|[/\\])valkey[^/\\]*$/i.test(path) ? NEWEST_VALKEY : LAB;
}
