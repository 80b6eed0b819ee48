/**
 * How many entries of a stream a group has read and how many it has yet to read, as far as that can be told: entries
 * that were deleted in between, or a group that was set to an id of somebody's choice, leave no way to know.
 */
import type { ConsumerGroup } from './consumer-group.ts';
import { compareIds, incremented, isZeroId, type StreamId, type Wide, wideDifference } from './stream-id.ts';
import type { StreamValue } from './stream-value.ts';

/** How many entries were ever added up to and including `id`; undefined when nobody can tell. */
export function readsUpTo(stream: StreamValue, id: StreamId): Wide | undefined {
  const { entriesAdded, firstId, lastId, maxDeletedId, size } = stream;
  if (entriesAdded === 0) return 0;
  const toLast = compareIds(id, lastId);
  if (toLast === 0 || (size === 0 && toLast < 0)) return entriesAdded;
  // What was added between the last id and this one, nobody has seen.
  if (toLast > 0) return undefined;
  if (!isZeroId(maxDeletedId) && compareIds(maxDeletedId, firstId) >= 0) return undefined;
  const toFirst = compareIds(id, firstId);
  if (toFirst > 0) return undefined;
  const beforeFirst = wideDifference(entriesAdded, size);
  return toFirst < 0 ? beforeFirst : incremented(beforeFirst);
}

/** Whether an entry from `id` on was deleted on its own. */
function hasGapFrom(stream: StreamValue, id: StreamId): boolean {
  const { firstId, maxDeletedId, size } = stream;
  if (size === 0 || isZeroId(maxDeletedId) || compareIds(firstId, maxDeletedId) > 0) return false;
  return compareIds(id, maxDeletedId) <= 0;
}

/** How many entries the group has yet to read; undefined when nobody can tell. */
export function lagOf(stream: StreamValue, group: ConsumerGroup): Wide | undefined {
  if (stream.entriesAdded === 0) return 0;
  const known = group.entriesRead !== undefined && !hasGapFrom(stream, group.lastId);
  const read = known ? group.entriesRead : readsUpTo(stream, group.lastId);
  return read === undefined ? undefined : wideDifference(stream.entriesAdded, read);
}

/** The group gets the entry `id`, which is behind its last one. */
export function countRead(stream: StreamValue, group: ConsumerGroup, id: StreamId): void {
  if (group.entriesRead !== undefined && !hasGapFrom(stream, id)) {
    group.entriesRead = incremented(group.entriesRead);
  } else if (stream.entriesAdded !== 0) group.entriesRead = readsUpTo(stream, id);
  group.lastId = id;
}
