/** Configuration files with the verdict of redis-server 7.0.15; see the fields in data/. */

import { readFileSync } from 'node:fs';

export interface Sample {
  readonly id: string;
  readonly text: string;
  readonly verdict: 'accept' | 'reject';
  readonly errorLine?: number;
}

export const samples: readonly Sample[] = readFileSync(
  new URL('data/conf-samples.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
