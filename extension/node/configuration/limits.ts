/** Figures of the configuration that are read too often to be looked up: copied whenever it changes. */
import type { ClientClass } from '../../redis/config/special.ts';
import type { EncodingLimits } from '../../redis/store/encoding-limits.ts';
import type { ClientLimits } from '../clients/client.ts';
import type { OutputLimit } from '../clients/client-output.ts';
import type { Configuration } from './configuration.ts';

/** A replica may always be behind by as much as the backlog holds. */
function outputLimit(settings: Configuration, client: ClientClass): OutputLimit {
  const { hard, soft, seconds } = settings.bufferLimit(client);
  const least = client === 'replica' && hard > 0n ? settings.number('repl-backlog-size') : 0;
  return { hardBytes: Math.max(Number(hard), least), softBytes: Number(soft), softMs: seconds * 1000 };
}

export class NodeLimits implements ClientLimits {
  maxBulkBytes = 0;
  maxHeldBytes = 0;
  maxClients = 0;
  output: Readonly<Record<ClientClass, OutputLimit>>;

  constructor(settings: Configuration) {
    this.output = readOutputLimits(settings);
    this.configure(settings);
  }

  configure(settings: Configuration): void {
    this.maxBulkBytes = settings.number('proto-max-bulk-len');
    this.maxHeldBytes = settings.number('client-query-buffer-limit');
    this.maxClients = settings.number('maxclients');
    this.output = readOutputLimits(settings);
  }
}

function readOutputLimits(settings: Configuration): Readonly<Record<ClientClass, OutputLimit>> {
  return {
    normal: outputLimit(settings, 'normal'),
    replica: outputLimit(settings, 'replica'),
    pubsub: outputLimit(settings, 'pubsub'),
  };
}

/** Sizes at which collections leave their compact encodings; the databases share the object. */
export function configureEncodings(limits: EncodingLimits, settings: Configuration): void {
  limits.hashEntries = settings.number('hash-max-listpack-entries');
  limits.hashValueBytes = settings.number('hash-max-listpack-value');
  limits.listSize = settings.number('list-max-listpack-size');
  limits.setIntegers = settings.number('set-max-intset-entries');
  limits.setEntries = settings.number('set-max-listpack-entries');
  limits.setValueBytes = settings.number('set-max-listpack-value');
  limits.sortedSetEntries = settings.number('zset-max-listpack-entries');
  limits.sortedSetValueBytes = settings.number('zset-max-listpack-value');
  limits.streamBlockBytes = settings.number('stream-node-max-bytes');
  limits.streamBlockEntries = settings.number('stream-node-max-entries');
  limits.sparseLogLogBytes = settings.number('hll-sparse-max-bytes');
}
