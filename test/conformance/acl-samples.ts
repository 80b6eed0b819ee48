/** Rules at random, good and bad ones, and commands to try them on. */
import type { SeededRandom } from '../../extension/worlds/seeded-random.ts';

const COMMANDS = (
  'get set del config config|get config|set client client|id select debug sort mget eval publish subscribe psubscribe ' +
  'xread acl acl|list command command|docs object|encoding memory|usage bitfield copy migrate zunionstore hset ping ' +
  'auth script|load nosuch config|nosuch'
).split(' ');
const CATEGORIES = (
  'keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin fast slow blocking ' +
  'dangerous connection transaction scripting all nosuch'
).split(' ');
const PATTERNS = ['*', 'a', 'a*', 'b?', 'k[ab]', '\\*x', '', 'read*', 'x y', '~', '"q', "it's"];
const WORDS = (
  'allkeys resetkeys allchannels resetchannels allcommands nocommands RESETKEYS +@all -@all +select|0 +debug|sleep ' +
  '+get|x +client|id|x +select|'
).split(' ');
const USER_WORDS =
  'on off nopass resetpass reset clearselectors sanitize-payload skip-sanitize-payload ON nonsense >p1 <p1 >p2 <p2 #x !x'.split(
    ' ',
  );
const KEY_SIGNS = ['~', '%R~', '%W~', '%RW~', '%WR~', '%rw~', '%r~', '%X~', '%RR~'];
const HASHES = ['a', 'b', 'A'].map((letter) => letter.repeat(64));

/** Commands that use keys and channels in every way, some in none that makes sense. */
const TRIED: readonly (readonly string[])[] = (
  'get a,get b1,set a v,set a v get,del a b1,mget a kb read1,config get x,config set x y,client id,select 0,select 1,' +
  'debug sleep 0,debug object a,sort a,sort a by w*,sort a store b1,eval x 1 a,eval x 0,eval x 3 a,publish a x,' +
  'subscribe a kb,psubscribe a*,psubscribe a,unsubscribe z,xread streams a 0,acl list,acl whoami,command,' +
  'command docs get,object encoding a,memory usage a,bitfield a get u8 0,bitfield a set u8 0 1,copy a b1,copy b1 a,' +
  'migrate h 1 a 0 0,zunionstore a 2 b1 ka,zunionstore a 5 b1,hset a f v,ping,auth x,hello,exists z,lmpop 1 a left,' +
  'ssubscribe a,spublish read1 x,georadius a 0 0 1 m store b1,script load x,fcall f 1 a,' +
  'xreadgroup group g c streams a >,rename a b1,bitop and a b1 ka,pfcount a,keys *,scan 0,nosuch,get'
)
  .split(',')
  .map((line) => line.split(' '));

export class AclSamples {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** What one ACL SETUSER says. */
  rules(): string[] {
    return Array.from({ length: 1 + this.#random.below(5) }, () => this.#rule());
  }

  tried(): readonly string[] {
    return this.#oneOf(TRIED);
  }

  #rule(): string {
    const kind = this.#random.below(14);
    if (kind === 0) return this.#oneOf(USER_WORDS);
    if (kind === 1) return this.#oneOf(['#', '!']) + this.#oneOf(HASHES);
    if (kind > 2) return this.#permission();
    const words = Array.from({ length: this.#random.below(4) }, () => this.#permission());
    return `(${words.join(' ')})`;
  }

  #permission(): string {
    switch (this.#random.below(6)) {
      case 0:
        return `${this.#oneOf(['+', '-'])}@${this.#oneOf(CATEGORIES)}`;
      case 1:
        return this.#oneOf(KEY_SIGNS) + this.#oneOf(PATTERNS);
      case 2:
        return `&${this.#oneOf(PATTERNS)}`;
      case 3:
        return this.#oneOf(WORDS);
      default: {
        const command = this.#oneOf(COMMANDS);
        return this.#oneOf(['+', '-']) + (this.#random.below(3) === 0 ? command.toUpperCase() : command);
      }
    }
  }

  #oneOf<T>(list: readonly T[]): T {
    const one = list[this.#random.below(list.length)];
    if (one === undefined) throw new TypeError('there is nothing to choose from');
    return one;
  }
}
