/** The rows of all command tables, numbered, and the names by which they are found: what all nodes have in common. */
import { bytesOf } from '../redis/bytes.ts';
import type { Command, Group } from '../redis/commands/command.ts';

/** A row but for its handler, which dispatch.ts finds by the command's id. */
export type Row = Omit<Command<never>, 'handler'>;

export type CommandGroup = readonly [group: Group, rows: readonly Row[]];

/** A row at its place. */
export interface Listed {
  readonly row: Row;
  readonly group: Group;
  /** Ids of its subcommands, by the second word, in lower case. */
  readonly subcommands: Map<string, number>;
}

export class CommandCatalogue {
  /** By id: every command, each with its subcommands behind it. */
  readonly rows: readonly Listed[];
  readonly rowNames: readonly string[];
  /** Of the commands, as they are called unless a configuration renames them. */
  readonly names: CommandNames;

  constructor(groups: readonly CommandGroup[]) {
    const below = new Map<string, Listed[]>();
    const above: Listed[] = [];
    for (const [group, rows] of groups) {
      for (const row of rows) {
        const listed = { row, group, subcommands: new Map<string, number>() };
        const [container = '', name] = row.name.split('|');
        if (name === undefined) above.push(listed);
        else if (below.get(container)?.push(listed) === undefined) below.set(container, [listed]);
      }
    }
    const rows: Listed[] = [];
    const ids = new Map<string, number>();
    for (const listed of above) {
      const { name } = listed.row;
      ids.set(name, rows.push(listed) - 1);
      for (const subcommand of below.get(name) ?? [])
        listed.subcommands.set(subcommand.row.name.slice(name.length + 1), rows.push(subcommand) - 1);
    }
    this.rows = rows;
    this.rowNames = rows.map(({ row }) => row.name);
    this.names = new CommandNames(ids);
  }
}

/** Open addressing, half full at most: a power of two. */
const PLACES = 1024;
const NO_NAME = new Uint8Array(0);

/** Which name means which command. */
export class CommandNames {
  readonly ids: ReadonlyMap<string, number>;
  /** The same for the search over bytes: the id at a place, -1 at an empty one, and the name. */
  readonly #ids = new Int16Array(PLACES).fill(-1);
  readonly #names: Uint8Array[] = new Array(PLACES).fill(NO_NAME);

  constructor(ids: ReadonlyMap<string, number>) {
    this.ids = ids;
    for (const [name, id] of ids) this.#place(bytesOf(name), id);
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
      if (id < 0 || isName(this.#names[place], bytes, start, end)) return id;
      place = (place + 1) & (PLACES - 1);
    }
  }

  #place(name: Uint8Array, id: number): void {
    let place = hashBytes(name, 0, name.length);
    while (this.#ids[place] >= 0) place = (place + 1) & (PLACES - 1);
    this.#ids[place] = id;
    this.#names[place] = name;
  }
}

/** FNV-1a over the letters in one case: `| 0x20` also touches some other bytes, which the comparison then tells apart. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] | 0x20), 0x01000193);
  return (hash ^ (hash >>> 15)) & (PLACES - 1);
}

/** Whether `bytes[start, end)` is `name`, which is lower case, in ASCII letters of either case. */
function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) {
    const byte = bytes[start + at];
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name[at]) return false;
  }
  return true;
}
