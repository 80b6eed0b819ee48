/** What a `catch` gets: JavaScript throws anything. */

export function messageOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}

export function errorOf(caught: unknown): Error {
  return caught instanceof Error ? caught : new Error(String(caught));
}
