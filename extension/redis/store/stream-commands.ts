/** The commands that make a stream what it is: its entries, what its ids have come to, its groups and what is pending. */
import type { Binary } from '../bytes.ts';
import type { ConsumerGroup } from './stream/consumer-group.ts';
import { idText, MAX_ID, ZERO_ID } from './stream/stream-id.ts';
import type { StreamValue } from './stream/stream-value.ts';

type Word = Binary | Uint8Array;

export function streamCommands(key: Word, stream: StreamValue): Word[][] {
  const commands: Word[][] = [];
  stream.each(ZERO_ID, MAX_ID, false, (entry) => {
    commands.push(['XADD', key, idText(entry), ...entry.contents()]);
    return true;
  });
  // A stream without entries is made by adding one that is trimmed at once.
  if (stream.size === 0) commands.push(['XADD', key, 'MAXLEN', '0', '0-1', 'x', 'y']);
  commands.push([
    'XSETID',
    key,
    idText(stream.lastId),
    'ENTRIESADDED',
    String(stream.entriesAdded),
    'MAXDELETEDID',
    idText(stream.maxDeletedId),
  ]);
  for (const [name, group] of stream.groups) commands.push(...groupCommands(key, name, group));
  return commands;
}

function groupCommands(key: Word, name: Binary, group: ConsumerGroup): Word[][] {
  const read = String(group.entriesRead ?? -1);
  const commands: Word[][] = [['XGROUP', 'CREATE', key, name, idText(group.lastId), 'ENTRIESREAD', read]];
  for (const consumer of group.sortedConsumers()) {
    if (consumer.pending.size === 0) commands.push(['XGROUP', 'CREATECONSUMER', key, name, consumer.name]);
    for (const pending of consumer.pending) {
      commands.push([
        'XCLAIM',
        key,
        name,
        consumer.name,
        '0',
        idText(pending),
        'TIME',
        String(pending.deliveredAt),
        'RETRYCOUNT',
        String(pending.deliveries),
        'JUSTID',
        'FORCE',
      ]);
    }
  }
  return commands;
}
