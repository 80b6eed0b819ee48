/** What scripts may set about JSON, by cjson's functions; kept from call to call. */
export interface JsonSettings {
  /** A list with so many gaps becomes an object instead of an error. */
  sparseConvert: boolean;
  /** A list is too sparse when its last index is this many times its items, and larger than `sparseSafe`; 0: never. */
  sparseRatio: number;
  sparseSafe: number;
  encodeDepth: number;
  decodeDepth: number;
  /** Significant digits. */
  precision: number;
  encodeInvalid: 'off' | 'on' | 'null';
  decodeInvalid: boolean;
  keepBuffer: boolean;
}
