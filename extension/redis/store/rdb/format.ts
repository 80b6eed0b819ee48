/** The numbers of the RDB format (redis/src/rdb.h, 7.2) and the error its readers throw. */

/** Newest version that is read: 7.4's. */
export const RDB_VERSION_READ = 12;
/** What is written, so that 7.0 can load it: of the types used here only that of hashes whose fields expire is newer. */
export const RDB_VERSION_WRITTEN = 10;

/** What stands in front of a key: how its value is written. */
export const RdbType = {
  string: 0,
  list: 1,
  set: 2,
  /** Scores as text; before 4.0. */
  sortedSet: 3,
  hash: 4,
  /** Scores as doubles. */
  sortedSet2: 5,
  hashZipmap: 9,
  listZiplist: 10,
  setIntset: 11,
  sortedSetZiplist: 12,
  hashZiplist: 13,
  listQuicklist: 14,
  streamListpacks: 15,
  hashListpack: 16,
  sortedSetListpack: 17,
  listQuicklist2: 18,
  streamListpacks2: 19,
  setListpack: 20,
  streamListpacks3: 21,
  /** Hashes with fields that expire (7.4): when the first does, then each field behind how long after that it does. */
  hashTimed: 24,
  hashTimedListpack: 25,
} as const;

/** What may stand where a type stands. */
export const RdbOpcode = {
  /** A function library: its source. */
  function: 245,
  moduleAux: 247,
  idle: 248,
  frequency: 249,
  aux: 250,
  resizeDatabase: 251,
  expireMilliseconds: 252,
  expireSeconds: 253,
  selectDatabase: 254,
  end: 255,
} as const;

/** The low six bits of a length byte whose two high bits are set: a string written in a special way. */
export const StringEncoding = { int8: 0, int16: 1, int32: 2, lzf: 3 } as const;

/** Bytes that are not RDB, or an RDB that is not for us. Never seen by clients in these words. */
export class RdbError extends Error {
  /** More than 0: the bytes ended too early, and at least that many more are needed. */
  readonly missing: number;

  constructor(text: string, missing = 0) {
    super(text);
    this.name = 'RdbError';
    this.missing = missing;
  }
}
