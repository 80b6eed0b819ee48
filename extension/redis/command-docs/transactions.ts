/** Transactions: see command-docs.ts for the notation. */
export const transactions = `
discard @2.0.0 O(N)
  -
  Gives up a transaction.
exec @1.2.0
  -
  Runs what a transaction has queued.
multi @1.2.0 O(1)
  -
  Begins a transaction.
unwatch @2.2.0 O(1)
  -
  Watches no keys any more.
watch @2.2.0 O(1)
  key:key0...
  Lets EXEC run only if these keys do not change.
`;
