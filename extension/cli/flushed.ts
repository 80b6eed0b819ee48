/**
 * What was written to a pipe may still be on its way to a slow reader when the process would end. A reader that has gone
 * counts as content.
 */
export async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
