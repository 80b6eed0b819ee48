/** What client and server tell each other beyond the Language Server Protocol. */

import type { Target } from '../extension/redis/config/directive.ts';

export const CONF_LANGUAGE = 'redis-conf';
export const COMMANDS_LANGUAGE = 'redis-commands';
export const NODES_LANGUAGE = 'redis-nodes';

/** Commands of the client that code lenses call: with the URI of a conf file, with the URIs of several. */
export const START_NODE_COMMAND = 'redisClusterLab.conf.startNode';
export const START_LAB_COMMAND = 'redisClusterLab.conf.startLab';
/** With an array of lines. */
export const RUN_COMMANDS_COMMAND = 'redisClusterLab.commands.run';

/** Asked by the client: which server a conf file is judged by, and why. */
export const TARGET_REQUEST = 'redisClusterLab/target';
export interface TargetParams {
  readonly uri: string;
}
export interface TargetAnswer {
  readonly target: Target;
  /** A line of the file says so, the setting does, or the directives of the file do. */
  readonly decidedBy: 'modeline' | 'setting' | 'file';
}

/** Sent by the client with `initialize`. */
export interface InitializationOptions {
  /** `vscode.env.language`: texts are English unless a translation exists. */
  readonly locale?: string;
  readonly settings?: Partial<ServerSettings>;
  /** Folder of the pages that explain diagnostics, with a slash at its end; in it, `zh-cn/`. Without it codes are no links. */
  readonly docsUri?: string;
}

/** The section `redisClusterLab.conf`, also sent with `workspace/didChangeConfiguration` as `settings`. */
export interface ServerSettings {
  /** The server files are written for; `auto`: see target.ts. */
  readonly target: Target | 'auto';
  /** Rules across the conf files of one set-up. */
  readonly crossFileRules: boolean;
  /** Patterns of paths: the files of each are a set-up. Without one, those of a folder are. */
  readonly deployments: readonly string[];
  /** Slots of key literals in JavaScript, TypeScript and Python that speak of redis. */
  readonly keyHoversInCode: boolean;
}

/** Client to server: the open conf files that are saved with a byte order mark, which their text does not tell of. */
export const BYTE_ORDER_MARKS_NOTIFICATION = 'redisClusterLab/byteOrderMarks';
export type ByteOrderMarksParams = readonly ByteOrderMark[];

export interface ByteOrderMark {
  readonly uri: string;
  /** As people know it: `UTF-8 with BOM`. */
  readonly encoding: string;
}

/** Offers other encodings for the file that is shown. */
export const ENCODING_COMMAND = 'workbench.action.editor.changeEncoding';

/** Client to server: who owns which slots, of every cluster that is connected; empty when none is. */
export const SLOT_MAP_NOTIFICATION = 'redisClusterLab/slotMap';
export type SlotMapParams = readonly SlotMap[];

export interface SlotMap {
  /** Where the map comes from, for people: `lab`, `10.0.0.1:6379`. */
  readonly source: string;
  /** Slots `first` to `last` belong to the primary at `address`. */
  readonly ranges: readonly (readonly [first: number, last: number, address: string])[];
}
