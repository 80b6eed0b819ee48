/**
 * What about a session is not as usual, a bit each, as redis-server's CLIENT_* flags are. dispatch.ts takes the short road
 * while none is set: it asks twice with every command, and would otherwise look into a dozen objects of each session.
 */

/** A transaction is open. */
export const TRANSACTION = 1;
/** ASKING was sent just before. */
export const ASKING = 2;
/** CLIENT CACHING was sent just before. */
export const CACHING = 4;
/** Pushes wait behind the reply of the command that is running. */
export const PUSHES = 8;
/** It may not do everything. */
export const RESTRICTED = 16;
/** CLIENT REPLY: not every command is answered. */
export const MUTED = 32;
export const REPLICA = 64;
export const SUBSCRIBED = 128;

export class ClientFlags {
  #bits = 0;

  get any(): boolean {
    return this.#bits !== 0;
  }

  has(bit: number): boolean {
    return (this.#bits & bit) !== 0;
  }

  set(bit: number, on: boolean): void {
    this.#bits = on ? this.#bits | bit : this.#bits & ~bit;
  }
}
