/** The rows of all command tables, numbered, and the names by which they are found: what all nodes have in common. */
import { bytesOf } from '../redis/bytes.ts';
import type { Command, Group } from '../redis/commands/command.ts';

/** A row but for its handler, which dispatch.ts finds by the command's id. */
export type Row = Omit<Command<never>, 'handler'>;

/** A row at its place. */
export interface Listed<R extends Row = Row> {
  readonly row: R;
  readonly group: Group;
  /** Ids of its subcommands, by the second word, in lower case. */
  readonly subcommands: ReadonlyMap<string, number>;
}

const NO_SUBCOMMANDS: ReadonlyMap<string, number> = new Map();

export class CommandCatalogue<R extends Row = Row> {
  /** By id: every command, each with its subcommands behind it. */
  readonly rows: readonly Listed<R>[];
  /** Of the commands, as they are called unless a configuration renames them. */
  readonly names: CommandNames;

  constructor(groups: readonly (readonly [group: Group, rows: readonly R[]])[]) {
    const below = new Map<string, [word: string, Listed<R>][]>();
    const above: Listed<R>[] = [];
    for (const [group, rows] of groups) {
      for (const row of rows) {
        const listed = { row, group, subcommands: NO_SUBCOMMANDS };
        const bar = row.name.indexOf('|');
        if (bar < 0) {
          above.push(listed);
          continue;
        }
        const container = row.name.slice(0, bar);
        const subcommand: [string, Listed<R>] = [row.name.slice(bar + 1), listed];
        if (below.get(container)?.push(subcommand) === undefined) below.set(container, [subcommand]);
      }
    }
    const rows: Listed<R>[] = [];
    const ids = new Map<string, number>();
    for (const listed of above) {
      const { name } = listed.row;
      const subcommands = below.get(name);
      ids.set(name, rows.length);
      if (subcommands === undefined) {
        rows.push(listed);
        continue;
      }
      const first = rows.length + 1;
      rows.push({ ...listed, subcommands: new Map(subcommands.map(([word], at) => [word, first + at])) });
      for (const [, subcommand] of subcommands) rows.push(subcommand);
    }
    this.rows = rows;
    this.names = new CommandNames(ids);
  }
}

/** Open addressing, half full at most: a power of two. */
const PLACES = 1024;

/** Which name means which command. */
export class CommandNames {
  readonly ids: ReadonlyMap<string, number>;
  /** The same for the search over bytes. By place: the id, -1 where there is none, and where its name is. */
  readonly #ids = new Int16Array(PLACES).fill(-1);
  readonly #starts = new Uint32Array(PLACES);
  readonly #ends = new Uint32Array(PLACES);
  /** All names, one behind the other. */
  readonly #letters: Uint8Array;

  constructor(ids: ReadonlyMap<string, number>) {
    this.ids = ids;
    this.#letters = bytesOf([...ids.keys()].join(''));
    let start = 0;
    for (const [name, id] of ids) {
      this.#place(start, start + name.length, id);
      start += name.length;
    }
  }

  /** With `rename-command` applied; an empty new name removes the command. */
  renamed(renames: readonly (readonly [from: string, to: string])[]): CommandNames {
    const ids = new Map(this.ids);
    for (const [from, to] of renames) {
      const id = ids.get(from);
      if (id === undefined) continue;
      ids.delete(from);
      if (to !== '') ids.set(to, id);
    }
    return new CommandNames(ids);
  }

  /** The id of the command called `bytes[start, end)`, in letters of either case; -1 when there is none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    let place = hashBytes(bytes, start, end);
    for (;;) {
      const id = this.#ids[place];
      if (id < 0 || this.#isAt(place, bytes, start, end)) return id;
      place = (place + 1) & (PLACES - 1);
    }
  }

  #place(start: number, end: number, id: number): void {
    let place = hashBytes(this.#letters, start, end);
    while (this.#ids[place] >= 0) place = (place + 1) & (PLACES - 1);
    this.#ids[place] = id;
    this.#starts[place] = start;
    this.#ends[place] = end;
  }

  /** Whether `bytes[start, end)` is the name at that place, which is lower case, in ASCII letters of either case. */
  #isAt(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[place];
    if (this.#ends[place] - from !== end - start) return false;
    const letters = this.#letters;
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
      if (lower !== letters[from + at - start]) return false;
    }
    return true;
  }
}

/** FNV-1a over the letters in one case: `| 0x20` also touches some other bytes, which the comparison then tells apart. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] | 0x20), 0x01000193);
  return (hash ^ (hash >>> 15)) & (PLACES - 1);
}
