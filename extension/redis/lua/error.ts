import type { LuaValue } from './values.ts';

/**
 * What `error` throws, or the machine: any value, usually a string that begins with where it happened. No JS Error:
 * scripts use errors for control, and its stack would cost more than all the rest.
 */
export class LuaError {
  readonly value: LuaValue;
  /** The place of the innermost Lua code under way, -1 when there was none. */
  readonly place: number;

  constructor(value: LuaValue, place: number) {
    this.value = value;
    this.place = place;
  }
}
