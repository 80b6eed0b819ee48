/** What this node tells of itself, kept in step with its settings. */
import { BUS_PORT_OFFSET } from '../../redis/config/ports.ts';
import { NOFAILOVER } from './message.ts';
import type { View } from './view.ts';

export class Self {
  readonly #view: View;
  #announcedIp = '';

  constructor(view: View) {
    this.#view = view;
  }

  /** The port the bus listens on. */
  get listeningPort(): number {
    const { settings } = this.#view.host;
    const port = settings.number(this.#view.encrypted ? 'tls-port' : 'port');
    return settings.number('cluster-port') || port + BUS_PORT_OFFSET;
  }

  /** At the start, and whenever the settings have changed. */
  update(): void {
    const { self, effects, host } = this.#view;
    const { settings } = host;
    this.#view.encrypted = settings.flag('tls-cluster');
    self.port = settings.number('cluster-announce-port') || settings.number('port');
    self.tlsPort = settings.number('cluster-announce-tls-port') || settings.number('tls-port');
    self.busPort = settings.number('cluster-announce-bus-port') || this.listeningPort;
    this.#updateIp(settings.text('cluster-announce-ip'));
    const hostname = settings.text('cluster-announce-hostname');
    const nodename = settings.text('cluster-announce-human-nodename');
    const flags = settings.flag('cluster-replica-no-failover') ? NOFAILOVER : 0;
    const before = self.flags & NOFAILOVER;
    if (self.hostname === hostname && self.nodename === nodename && before === flags) return;
    self.hostname = hostname;
    self.nodename = nodename;
    self.lower(NOFAILOVER);
    self.raise(flags);
    effects.saveSoon();
    effects.updateState();
    effects.broadcast();
  }

  #updateIp(announced: string): void {
    if (announced === this.#announcedIp) return;
    this.#announcedIp = announced;
    // No longer announced: found out again from the next message.
    this.#view.self.ip = announced;
  }

  /**
   * The address others reach us at is the one their messages arrive at: of a MEET always, since that was dialled by
   * hand; of a ping while we know none.
   */
  reachedAt(ip: string, byMeet: boolean): void {
    const { self, effects, host } = this.#view;
    if (this.#announcedIp !== '' || ip === '' || ip === self.ip || !(byMeet || self.ip === '')) return;
    self.ip = ip;
    host.log('notice', `IP address for this node updated to ${ip}`);
    effects.saveSoon();
  }
}
