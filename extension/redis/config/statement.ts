/** A line by itself: its words, and what they say to one server version, whatever stands around it. */

import { lowerAscii } from './ascii.ts';
import { type Directive, type Facts, factsFor, type Target } from './directive.ts';
import { findDirective } from './directives.ts';
import type { Encoding } from './encoded-text.ts';
import { type SplitResult, splitWords } from './split-args.ts';
import { type ParsedValue, parseValue } from './value.ts';

export interface Statement {
  readonly split: SplitResult;
  /** The first word in lower case; '' where the quotes of the line do not balance. */
  readonly name: string;
  /** The words behind it. */
  readonly args: readonly string[];
  readonly directive: Directive | undefined;
  /** Undefined: the target has no such directive. */
  readonly facts: Facts | undefined;
  readonly value: ParsedValue | undefined;
}

export interface StatementOptions {
  /** Compiled-in options; by default TLS alone. */
  readonly builds?: ReadonlySet<string> | undefined;
  /** How the file was decoded; by default it was not, as a node reads it. */
  readonly encoding?: Encoding | undefined;
}

/** A line of this length is remembered; longer ones are rare, and would fill the memory. */
const LONGEST = 500;
/** So many lines are remembered, at the least; twice as many at the most. */
const REMEMBERED = 10_000;

const TLS_ONLY: ReadonlySet<string> = new Set(['tls']);

/**
 * Reads lines for one target. The same text gives the same object again: most lines of a file that is being edited, and of
 * the files of other nodes, were there before.
 */
export class StatementReader {
  readonly target: Target;
  private readonly builds: ReadonlySet<string>;
  readonly encoding: Encoding;
  private recent = new Map<string, Statement>();
  private older = new Map<string, Statement>();

  constructor(target: Target, { builds = TLS_ONLY, encoding = 'bytes' }: StatementOptions = {}) {
    this.target = target;
    this.builds = builds;
    this.encoding = encoding;
  }

  /** Undefined for a blank line or a comment. */
  read(text: string): Statement | undefined {
    const start = firstCharacter(text);
    if (start === text.length || text.charCodeAt(start) === HASH) return undefined;
    if (text.length > LONGEST) return this.statementOf(text);
    const known = this.recent.get(text);
    return known ?? this.remember(text);
  }

  private remember(text: string): Statement {
    const statement = this.older.get(text) ?? this.statementOf(text);
    if (this.recent.size >= REMEMBERED) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(text, statement);
    return statement;
  }

  private statementOf(text: string): Statement {
    const split = splitWords(text, this.encoding);
    const [first, ...others] = split.ok ? split.words : [];
    const name = first === undefined ? '' : lowerAscii(first.text);
    const args = others.map((word) => word.text);
    const directive = first && findDirective(name);
    const facts = directive && this.factsOf(directive, name);
    return {
      split,
      name,
      args,
      directive,
      facts,
      value: facts && parseValue(facts, args, this.target, this.encoding),
    };
  }

  private factsOf(directive: Directive, name: string): Facts | undefined {
    const facts = factsFor(directive, this.target);
    if (facts === undefined || !facts.names.includes(name)) return undefined;
    return facts.build === undefined || this.builds.has(facts.build) ? facts : undefined;
  }
}

const HASH = 0x23;

/** Where a line begins for the server: behind what it strips. */
function firstCharacter(text: string): number {
  let start = 0;
  while (start < text.length && isStripped(text.charCodeAt(start))) start++;
  return start;
}

function isStripped(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
