/** A reporter for Node's test runner that writes nothing but the totals, as one JSON line, for `test/run.ts` to add up. */
interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly counts?: {
      readonly passed: number;
      readonly failed: number;
      readonly skipped: number;
      readonly cancelled: number;
    };
    readonly file?: string;
  };
}

export default async function* tally(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    // The summary without a file is the one of the whole run.
    if (type === 'test:summary' && data.file === undefined && data.counts) {
      const { passed, failed, cancelled, skipped } = data.counts;
      yield `${JSON.stringify({ passed, failed: failed + cancelled, skipped })}\n`;
    }
  }
}
