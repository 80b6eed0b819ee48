/** What a configuration file comes to: for each directive the last accepted line, or the default. */

import { factsFor, type Target } from './directive.ts';
import { findDirective } from './directives.ts';
import type { ConfEntry, ParsedConf } from './parse-conf.ts';
import type { BufferLimit, SavePoint } from './special.ts';
import { type ConfigValue, defaultValue } from './value.ts';

export class Settings {
  readonly target: Target;
  private readonly lines = new Map<string, ConfEntry[]>();

  constructor(conf: Pick<ParsedConf, 'entries'>, target: Target) {
    this.target = target;
    for (const entry of conf.entries) {
      if (entry.value === undefined || entry.directive === undefined) continue;
      const known = this.lines.get(entry.directive.name);
      if (known) known.push(entry);
      else this.lines.set(entry.directive.name, [entry]);
    }
  }

  /** Every accepted line of a directive, in order. `name` is the newest Redis' name, here and below. */
  all(name: string): readonly ConfEntry[] {
    return this.lines.get(name) ?? [];
  }

  /** Every directive with an accepted line, with these lines in order. */
  each(): Iterable<readonly [name: string, lines: readonly ConfEntry[]]> {
    return this.lines;
  }

  /** The line that counts, if the file has one. */
  entry(name: string): ConfEntry | undefined {
    return this.lines.get(name)?.at(-1);
  }

  has(name: string): boolean {
    return this.lines.has(name);
  }

  /** Undefined: unknown to the target, or without a default. */
  value(name: string): ConfigValue | undefined {
    return this.entry(name)?.value ?? this.default(name);
  }

  isOn(name: string): boolean {
    const value = this.value(name);
    return value?.type === 'bool' && value.value;
  }

  /** Integers, sizes in bytes, percentages, octal modes; 0 where there is no number. */
  number(name: string): number {
    const value = this.value(name);
    switch (value?.type) {
      case 'integer':
      case 'memory':
      case 'percent':
      case 'octal':
        return Number(value.value);
      default:
        return 0;
    }
  }

  /** Texts and enums; '' when unset. */
  text(name: string): string {
    const value = this.value(name);
    return value?.type === 'string' || value?.type === 'enum' ? (value.value ?? '') : '';
  }

  bindAddresses(): readonly string[] {
    const value = this.value('bind');
    return value?.type === 'addresses' ? value.value : [];
  }

  /** The primary to replicate from. */
  primary(): { readonly host: string; readonly port: number } | undefined {
    const value = this.value('replicaof');
    return value?.type === 'primary' ? value.value : undefined;
  }

  /** Lines add up; the first one drops the built-in points, and `save ""` all before it. */
  savePoints(): readonly SavePoint[] {
    const lines = this.all('save');
    const values = lines.length > 0 ? lines.map(({ value }) => value) : [this.default('save')];
    let points: SavePoint[] = [];
    for (const value of values) {
      if (value?.type !== 'save') continue;
      points = value.clears ? [] : [...points, ...value.points];
    }
    return points;
  }

  /** One limit a class: normal, replica, pubsub. */
  bufferLimits(): readonly BufferLimit[] {
    const limits = new Map<string, BufferLimit>();
    const values = [
      this.default('client-output-buffer-limit'),
      ...this.all('client-output-buffer-limit').map(({ value }) => value),
    ];
    for (const value of values) {
      if (value?.type !== 'buffer-limits') continue;
      for (const limit of value.value) limits.set(limit.client, limit);
    }
    return [...limits.values()];
  }

  private default(name: string): ConfigValue | undefined {
    const directive = findDirective(name);
    const facts = directive && factsFor(directive, this.target);
    return facts && defaultValue(facts);
  }
}
