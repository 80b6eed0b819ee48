/** The syntax of commands: whether words fit it, and which may come next. */

import { type ArgumentDoc, type CommandDoc, commandDocs } from '../extension/redis/command-docs/index.ts';

/** A command's page, and how many words name it: two for `CLUSTER INFO`. */
export interface NamedCommand {
  readonly doc: CommandDoc;
  readonly words: number;
}

export function findCommand(argv: readonly string[]): NamedCommand | undefined {
  const [name = '', sub] = argv.map((word) => word.toLowerCase());
  const docs = commandDocs();
  const whole = sub === undefined ? undefined : docs.get(`${name}|${sub}`);
  if (whole) return { doc: whole, words: 2 };
  const doc = docs.get(name);
  return doc && { doc, words: 1 };
}

/** The subcommands of a container, in lower case; none for other commands. */
export function subcommandsOf(name: string): string[] {
  const prefix = `${name.toLowerCase()}|`;
  return [...commandDocs().keys()]
    .filter((known) => known.startsWith(prefix))
    .map((known) => known.slice(prefix.length));
}

/** `SET key value [NX | XX] …` */
export function syntaxLine({ name, args }: Pick<CommandDoc, 'name' | 'args'>): string {
  return [name.replace('|', ' ').toUpperCase(), ...args.map(shownArgument)].join(' ');
}

export function shownArgument(arg: ArgumentDoc): string {
  const inner = shownInner(arg);
  const word = arg.token !== undefined && arg.type !== 'pure-token' ? `${arg.token} ${inner}` : inner;
  const again = arg.multipleToken ? word : inner;
  const repeated = arg.multiple ? `${word} [${again} …]` : word;
  return arg.optional ? `[${repeated}]` : repeated;
}

function shownInner(arg: ArgumentDoc): string {
  switch (arg.type) {
    case 'pure-token':
      return arg.token ?? arg.name;
    case 'oneof':
      return arg.args.map(shownArgument).join(' | ');
    case 'block':
      return arg.args.map(shownArgument).join(' ');
    default:
      return arg.shown;
  }
}

export interface Fit {
  readonly fits: boolean;
  /** How many words are right before something is wrong or missing. */
  readonly right: number;
  /** What may come behind the last word: words that stand for themselves, and names of values. */
  readonly tokens: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

/** Holds words (those behind the command's name) against its syntax. Options may come in any order, as servers take them. */
export function fitSyntax({ args }: Pick<CommandDoc, 'args'>, words: readonly string[]): Fit {
  const matcher = new Matcher(words);
  const ends = matcher.sequence(args, new Set([0]));
  return {
    fits: ends.has(words.length),
    right: matcher.furthest,
    tokens: matcher.tokens,
    values: matcher.values,
  };
}

type Places = ReadonlySet<number>;

/** Follows all readings at once: a set of places in the words goes in, the places behind an argument come out. */
class Matcher {
  furthest = 0;
  readonly tokens = new Set<string>();
  readonly values = new Set<string>();
  private readonly words: readonly string[];

  constructor(words: readonly string[]) {
    this.words = words;
  }

  sequence(args: readonly ArgumentDoc[], from: Places): Places {
    let places = from;
    for (let at = 0; at < args.length; ) {
      const options = optionsFrom(args, at);
      if (options.length > 0) {
        places = this.closure(places, (place) => this.union(options, place));
        at += options.length;
        continue;
      }
      const arg = args[at++];
      if (arg) places = this.argument(arg, places);
    }
    return places;
  }

  private union(args: readonly ArgumentDoc[], from: Places): Places {
    return new Set(args.flatMap((arg) => [...this.argument(arg, from)]));
  }

  /** `from`, and whatever any number of steps leads to. */
  private closure(from: Places, step: (places: Places) => Places): Places {
    const all = new Set(from);
    let fresh: Places = from;
    while (fresh.size > 0) {
      const next = [...step(fresh)].filter((place) => !all.has(place));
      for (const place of next) all.add(place);
      fresh = new Set(next);
    }
    return all;
  }

  /** One or more of the argument, whether it may be left out or not. */
  private argument(arg: ArgumentDoc, from: Places): Places {
    const once = (places: Places, withToken: boolean): Places =>
      this.inner(
        arg,
        withToken && arg.token !== undefined && arg.type !== 'pure-token'
          ? this.token(arg.token, places)
          : places,
      );
    const first = once(from, true);
    return arg.multiple ? this.closure(first, (places) => once(places, arg.multipleToken)) : first;
  }

  private inner(arg: ArgumentDoc, from: Places): Places {
    switch (arg.type) {
      case 'pure-token':
        return this.token(arg.token ?? arg.name, from);
      case 'oneof':
        return this.union(arg.args, from);
      case 'block':
        return this.sequence(arg.args, from);
      default:
        return this.value(arg, from);
    }
  }

  private token(token: string, from: Places): Places {
    return this.step(
      from,
      (word) => word.toLowerCase() === token.toLowerCase(),
      () => this.tokens.add(token),
    );
  }

  private value(arg: ArgumentDoc, from: Places): Places {
    // A `#` counts in fields of BITFIELD's.
    const fits = (word: string): boolean => arg.type !== 'integer' || /^(?:[+-]?|#)\d+$/.test(word);
    return this.step(from, fits, () => this.values.add(arg.type === 'key' ? 'key' : arg.shown));
  }

  /** One word further, where it fits; `wanted` is called when the words end there. */
  private step(from: Places, fits: (word: string) => boolean, wanted: () => void): Places {
    const places = new Set<number>();
    for (const place of from) {
      const word = this.words[place];
      if (word === undefined) wanted();
      else if (fits(word)) places.add(place + 1);
    }
    this.furthest = Math.max(this.furthest, ...places);
    return places;
  }
}

/** The run of arguments from `at` on that may be left out. */
function optionsFrom(args: readonly ArgumentDoc[], at: number): readonly ArgumentDoc[] {
  let end = at;
  while (args[end]?.optional) end++;
  return args.slice(at, end);
}
