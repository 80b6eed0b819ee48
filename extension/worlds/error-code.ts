/** True for an error of the operating system with this code (ENOENT, EEXIST …). */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  );
}
