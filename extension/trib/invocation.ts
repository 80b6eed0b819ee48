/** What a subcommand of redis-trib is run with. */
import type { Dial, OpenStream } from './connection.ts';
import type { Options } from './options.ts';
import type { Transcript } from './transcript.ts';

export interface Invocation {
  readonly args: readonly string[];
  readonly options: Options;
  readonly dial: Dial;
  /** Somebody else's server: import's source has users of its own. */
  readonly dialAs: (username: string | undefined, password: string | undefined) => Dial;
  readonly openStream: OpenStream;
  readonly transcript: Transcript;
}
