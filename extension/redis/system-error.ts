/** The operating system's words for what went wrong, as strerror() has them. */

/** Where Node's own words differ from the C library's. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  EISDIR: 'Is a directory',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
};

export function systemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // `ENOENT: no such file or directory, open 'x'`
  const words = /^[A-Z]+: ([^,]*)/.exec(error.message)?.[1] ?? error.message;
  return OTHER_WORDS[code] ?? words.charAt(0).toUpperCase() + words.slice(1);
}
