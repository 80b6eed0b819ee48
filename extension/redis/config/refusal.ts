/** Why a value is refused: a stable name beside the server's words. */
export type Refusal =
  | 'wrong-arity'
  | 'not-yes-or-no'
  | 'unknown-enum-value'
  | 'conflicting-flags'
  | 'not-an-integer'
  | 'out-of-range'
  | 'not-a-memory-size'
  | 'not-octal'
  | 'not-a-base-name'
  | 'empty-value'
  | 'value-too-long'
  | 'invalid-characters'
  | 'invalid-address'
  | 'invalid-title-template'
  | 'invalid-save-points'
  | 'too-many-addresses'
  | 'invalid-primary-port'
  | 'invalid-buffer-limit'
  | 'invalid-oom-score'
  | 'invalid-percentile'
  | 'invalid-event-class';

export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
  /** As the server prints it. */
  readonly message: string;
  /** The word at fault, counted from 0 behind the directive; absent: the line as a whole. */
  readonly word?: number;
}

export type Read<Value> = { readonly ok: true; readonly value: Value } | Refused;

export function refuse(refusal: Refusal, message: string, word?: number): Refused {
  return word === undefined ? { ok: false, refusal, message } : { ok: false, refusal, message, word };
}
