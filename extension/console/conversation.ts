/**
 * A talk with a cluster as redis-cli -c holds it: one connection at a time, moved to wherever a redirection points, and
 * the state of that connection that shows in the prompt.
 */
import type { Binary } from '../redis/bytes.ts';
import { messageOf } from '../redis/caught.ts';
import type { RespValue } from '../redis/resp/reply-decoder.ts';
import {
  parseRedirection,
  type Redirection,
  repliesWithPage,
  type Subscription,
  subscriptionOf,
} from './command-conventions.ts';
import { renderRaw, renderReply } from './render.ts';
import { type OpenSocket, Session } from './session.ts';

export interface ConversationOptions {
  readonly host: string;
  readonly port: number;
  /** Asked anew at each redirection, so that a switch works at once. */
  readonly followsRedirects: () => boolean;
  readonly printsUtf8: () => boolean;
  /** How servers are reached, where that is not just TCP. */
  readonly openSocket?: OpenSocket;
  /** An AUTH for every connection, which is not typed. */
  readonly login?: readonly Binary[];
  /** Takes text whose lines end with `\n`. */
  readonly print: (text: string) => void;
  /** The prompt changed without a command: the server closed the connection. */
  readonly onClosed: () => void;
}

/** More hops than a cluster that agrees with itself ever needs: two nodes may send a client to each other for ever. */
const MAX_REDIRECTIONS = 16;

class Aborted extends Error {}

export class Conversation {
  readonly #options: ConversationOptions;
  #host: string;
  #port: number;
  #session: Session | undefined;
  #waiting: { resolve: (reply: RespValue) => void; reject: (error: Error) => void } | undefined;
  /** Replies that arrived before they were waited for. */
  #arrived: RespValue[] = [];
  /** Counts connections made and dropped, so that a late connect of an aborted try is noticed. */
  #generation = 0;

  // State of the connection.
  #database = 0;
  #databaseBeforeMulti = 0;
  #inMulti = false;
  #resp3 = false;
  #subscribed = false;
  #monitoring = false;
  #listening = false;

  // What was asked of a connection and must be asked of the next one.
  #login: readonly Binary[] | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#host = options.host;
    this.#port = options.port;
    this.#login = options.login;
  }

  get prompt(): string {
    if (!this.#session) return 'not connected> ';
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    const database = this.#database === 0 ? '' : `[${this.#database}]`;
    const transaction = this.#inMulti ? '(TX)' : '';
    const mode = this.#subscribed ? '(subscribed mode)' : '';
    return `${host}:${this.#port}${database}${transaction}${mode}> `;
  }

  /** Messages may come at any time. */
  get subscribed(): boolean {
    return this.#subscribed;
  }

  /** Connects if need be; false, and said so, when there is nobody. */
  async connect(): Promise<boolean> {
    if (this.#session) return true;
    const generation = ++this.#generation;
    try {
      const listener = {
        onReply: (reply: RespValue) => this.#receive(reply),
        onClose: (reason: string) => this.#lose(reason),
      };
      const session = await Session.open(this.#host, this.#port, listener, this.#options.openSocket);
      if (generation !== this.#generation) {
        session.close();
        return false;
      }
      this.#session = session;
      await this.#restoreState();
      return true;
    } catch (error) {
      if (error instanceof Aborted || generation !== this.#generation) return false;
      this.drop();
      this.#print(`Could not connect to Redis at ${this.#host}:${this.#port}: ${messageOf(error)}\n`);
      return false;
    }
  }

  /** Runs one command to its end and prints what comes back. */
  async run(argv: readonly Binary[]): Promise<void> {
    let asking = false;
    try {
      for (let hops = 0; ; hops++) {
        if (!(await this.connect())) return;
        if (asking) await this.#request(['ASKING']);
        const redirection = await this.#exchange(argv, hops < MAX_REDIRECTIONS);
        if (!redirection) return;
        this.#follow(redirection);
        asking = redirection.kind === 'ASK';
      }
    } catch (error) {
      // SHUTDOWN is answered by nothing but the end of the connection.
      const expected = error instanceof Aborted || argv[0]?.toLowerCase() === 'shutdown';
      if (!expected) this.#print(`Error: ${messageOf(error)}\n`);
    }
  }

  /** Asks without printing; undefined when that fails. For what the console itself wants to know. */
  async ask(argv: readonly Binary[]): Promise<RespValue | undefined> {
    if (!this.#session) return undefined;
    return this.#request(argv).catch(() => undefined);
  }

  /** Ctrl-C: whatever is going on ends, and with it the connection. */
  async abort(): Promise<void> {
    this.drop();
    await this.connect();
  }

  /** Closes the connection and forgets its state. */
  drop(): void {
    this.#generation++;
    this.#session?.close();
    this.#session = undefined;
    this.#inMulti = false;
    this.#subscribed = false;
    this.#monitoring = false;
    this.#arrived = [];
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(new Aborted());
  }

  /** While listening, messages are printed as they come; else they wait for the end of the line being typed. */
  set listening(listening: boolean) {
    this.#listening = listening;
    if (listening) for (const reply of this.#arrived.splice(0)) this.#show(reply);
  }

  #follow(redirection: Redirection): void {
    this.drop();
    if (redirection.host !== '') this.#host = redirection.host;
    this.#port = redirection.port;
    const { slot } = redirection;
    this.#print(`-> Redirected to slot [${slot}] located at ${this.#host}:${this.#port}\n`);
  }

  /** A new connection knows nothing of the one before it. */
  async #restoreState(): Promise<void> {
    if (this.#login) {
      const reply = await this.#request(this.#login);
      if (reply.type === 'error') this.#show(reply);
    }
    if (this.#resp3) await this.#request(['HELLO', '3']);
    if (this.#database !== 0) {
      const reply = await this.#request(['SELECT', String(this.#database)]);
      if (reply.type === 'error') this.#database = 0;
    }
  }

  /** Sends, and prints replies until the command is answered; a redirection to follow is returned, not printed. */
  async #exchange(argv: readonly Binary[], mayRedirect: boolean): Promise<Redirection | undefined> {
    const name = argv[0]?.toLowerCase() ?? '';
    const page = repliesWithPage(argv);
    const subscription = subscriptionOf(name);
    this.#session?.send(argv);
    if (name === 'monitor') this.#monitoring = true;
    let confirmations = subscription ? Math.max(1, argv.length - 1) : 0;
    for (;;) {
      const reply = await this.#next();
      const redirection =
        reply.type === 'error' && mayRedirect && this.#options.followsRedirects()
          ? parseRedirection(reply.value)
          : undefined;
      if (redirection) return redirection;
      this.#show(reply, page);
      if (reply.type === 'error') this.#monitoring = false;
      if (this.#monitoring) continue;
      if (confirmations > 0 || this.#subscribed) {
        if (!this.#isMessage(reply)) {
          if (reply.type === 'push') continue;
        } else {
          if (kindOf(reply) !== name) continue;
          this.#noteSubscription(subscription, reply);
          if (--confirmations > 0) continue;
        }
      } else if (reply.type === 'push') continue;
      this.#noteEffect(name, argv, reply);
      return undefined;
    }
  }

  #noteSubscription(subscription: Subscription | undefined, reply: RespValue): void {
    if (subscription === 'subscribe') this.#subscribed = true;
    // The last item counts the subscriptions that remain.
    const count = reply.type === 'array' || reply.type === 'push' ? reply.items[2] : undefined;
    if (count?.type === 'integer' && Number(count.value) === 0) this.#subscribed = false;
  }

  /** What a command that worked changes about the connection. */
  #noteEffect(name: string, argv: readonly Binary[], reply: RespValue): void {
    const worked = reply.type !== 'error';
    switch (name) {
      case 'select':
        if (worked && argv.length === 2) this.#database = Number(argv[1]);
        break;
      case 'auth':
        if (worked) this.#login = argv;
        break;
      case 'multi':
        if (worked && argv.length === 1) this.#beginMulti();
        break;
      case 'exec':
        // A transaction that did not run took its SELECT with it.
        if (argv.length === 1) this.#endMulti(worked && reply.type !== 'null');
        break;
      case 'discard':
        if (worked) this.#endMulti(false);
        break;
      case 'reset':
        if (worked) this.#reset();
        break;
      case 'hello':
        if (reply.type === 'map') this.#resp3 = true;
        else if (reply.type === 'array') this.#resp3 = false;
        break;
    }
  }

  #beginMulti(): void {
    this.#inMulti = true;
    this.#databaseBeforeMulti = this.#database;
  }

  #endMulti(ran: boolean): void {
    if (this.#inMulti && !ran) this.#database = this.#databaseBeforeMulti;
    this.#inMulti = false;
  }

  #reset(): void {
    this.#inMulti = false;
    this.#subscribed = false;
    this.#database = 0;
    this.#resp3 = false;
    this.#login = this.#options.login;
  }

  async #request(argv: readonly Binary[]): Promise<RespValue> {
    this.#session?.send(argv);
    for (;;) {
      const reply = await this.#next();
      if (reply.type !== 'push') return reply;
      this.#show(reply);
    }
  }

  #next(): Promise<RespValue> {
    const arrived = this.#arrived.shift();
    if (arrived) return Promise.resolve(arrived);
    if (!this.#session) return Promise.reject(new Error('Server closed the connection'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #receive(reply: RespValue): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting.resolve(reply);
    else if (this.#listening || (reply.type === 'push' && !this.#subscribed)) this.#show(reply);
    else this.#arrived.push(reply);
  }

  #lose(reason: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.drop();
    if (waiting) waiting.reject(new Error(reason));
    else this.#options.onClosed();
  }

  /** [p|s][un]subscribe and [p|s]message, in the form that the protocol spoken gives them. */
  #isMessage(reply: RespValue): boolean {
    const kind = kindOf(reply);
    if (kind === undefined || reply.type !== (this.#resp3 ? 'push' : 'array')) return false;
    return kind.endsWith('message') || kind.endsWith('subscribe');
  }

  #show(reply: RespValue, page = false): void {
    const options = { utf8: this.#options.printsUtf8() };
    this.#print(page ? renderRaw(reply, options) : renderReply(reply, options));
  }

  #print(text: string): void {
    this.#options.print(text);
  }
}

/** The first item of a message: `subscribe`, `pmessage`. */
function kindOf(reply: RespValue): string | undefined {
  if (reply.type !== 'array' && reply.type !== 'push') return undefined;
  const [kind] = reply.items;
  return reply.items.length >= 3 && kind?.type === 'bulk' ? kind.value : undefined;
}
