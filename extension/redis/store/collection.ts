/** The kinds of values a key can hold. */
import type { HashValue } from './hash-value.ts';
import type { ListValue } from './list-value.ts';
import type { SetValue } from './set-value.ts';
import type { SortedSetValue } from './sorted-set-value.ts';
import type { StreamValue } from './stream/stream-value.ts';

export type Collection = HashValue | ListValue | SetValue | SortedSetValue | StreamValue;
export type CollectionKind = Collection['kind'];
export type Kind = 'string' | CollectionKind;
