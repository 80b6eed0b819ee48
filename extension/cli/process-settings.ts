/** What settings say of the process a node lives in: its title, and its place when the machine runs out of memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Configuration } from '../node/configuration/configuration.ts';
import { expandTitle, readTitleTemplate } from '../redis/config/title-template.ts';

/** `redis-server 127.0.0.1:7000 [cluster]`, or what `proc-title-template` makes of it. */
export function setTitle(configuration: Configuration): void {
  const template = readTitleTemplate(configuration.text('proc-title-template'));
  if (template === undefined) return;
  const [bind = '*'] = configuration.words('bind');
  const port = configuration.text('port');
  const listened = configuration.number('port') || configuration.number('tls-port');
  const unixsocket = configuration.text('unixsocket');
  const title = expandTitle(template, {
    title: 'redis-server',
    'listen-addr': listened === 0 ? `unixsocket:${unixsocket}` : `${bind.replace(/^-/, '')}:${listened}`,
    'server-mode': configuration.flag('cluster-enabled') ? '[cluster]' : '',
    port,
    'tls-port': configuration.text('tls-port'),
    'config-file': configuration.file ?? '',
    unixsocket,
  });
  if (title !== '' && configuration.flag('set-proc-title')) process.title = title;
}

/** Linux alone has it. */
const OOM_FILE = '/proc/self/oom_score_adj';
/** The kernel takes no more, either way. */
const MOST_OOM_SCORE = 1000;

export class OomScore {
  /** What the process was started with; undefined while we have not changed it. */
  #base: number | undefined;

  /** `oom-score-adj` and its values for a primary and a replica; false: the system does not let us. */
  apply(configuration: Configuration, isReplica: boolean): boolean {
    const mode = configuration.text('oom-score-adj');
    if (mode === 'no' && this.#base === undefined) return true;
    try {
      const base = this.#base ?? Number(readFileSync(OOM_FILE, 'latin1'));
      const value = Number(configuration.text('oom-score-adj-values').split(' ')[isReplica ? 1 : 0]);
      const wanted = mode === 'no' ? base : mode === 'absolute' ? value : base + value;
      writeFileSync(OOM_FILE, String(Math.max(-MOST_OOM_SCORE, Math.min(MOST_OOM_SCORE, wanted))));
      this.#base = mode === 'no' ? undefined : base;
      return true;
    } catch {
      return false;
    }
  }
}
