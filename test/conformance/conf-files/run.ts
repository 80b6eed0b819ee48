/**
 * Asks a real server about generated files: `node test/conformance/conf-files/run.ts [--count 4000] [--seed 1] [--from 0]
 * [--server redis-server] [--target redis-7.0] [--version 7.0.15] [--sweeps] [--show] [FILE...]`. Ends with the share of files
 * on which verdict and line agree, and with 1 when it is below 99.5 %, or when something differs that nobody has given a
 * reason for. `--sweeps` takes the second generator, which mixes in the conf files that are named.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isTarget } from '../../../extension/redis/config/directive.ts';
import { decodeText } from '../../../extension/redis/config/encoded-text.ts';
import { type Comparison, compareBatch, DEBIAN, type Generator, reasonFor } from './agreement.ts';
import { generateFile } from './generate.ts';
import { sweepFile } from './sweeps.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '4000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    server: { type: 'string', default: DEBIAN.server },
    target: { type: 'string', default: DEBIAN.target },
    version: { type: 'string', default: DEBIAN.version },
    sweeps: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
});
const { server, version, target } = values;
if (!isTarget(target)) throw new Error(`Unknown target ${target}`);

const shipped = positionals.map((file) => decodeText(readFileSync(file, 'latin1')));
const sweep: Generator = (seed, index, column, ports) => sweepFile(seed, index, column, ports, shipped);

const count = Number(values.count);
const differing: Comparison[] = [];
let started = 0;
await compareBatch(
  {
    server,
    version,
    target,
    seed: Number(values.seed),
    from: Number(values.from),
    count,
    generate: values.sweeps ? sweep : generateFile,
  },
  (comparison) => {
    if (comparison.theirs.starts) started++;
    if (comparison.differs !== undefined) differing.push(comparison);
  },
);

for (const comparison of differing) {
  const { file, differs, ours, theirs } = comparison;
  const reason = reasonFor(comparison, target);
  if (reason !== undefined && !values.show) continue;
  console.log(`\n── ${file.id} (${file.made}): ${differs}${reason ? ` (known: ${reason})` : ''}`);
  console.log(
    JSON.stringify(file.text.length > 700 ? `${file.text.slice(0, 700)}…` : file.text),
    JSON.stringify(file.beside),
  );
  console.log('theirs', JSON.stringify({ ...theirs, said: theirs.said.slice(-6) }));
  console.log('ours  ', JSON.stringify(ours));
}
const reasons = new Map<string, number>();
for (const comparison of differing) {
  const reason = reasonFor(comparison, target) ?? 'No reason is known.';
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
for (const [reason, times] of [...reasons].sort(([, a], [, b]) => b - a))
  console.log(`${String(times).padStart(5)}  ${reason}`);
const weighty = differing.filter(({ differs }) => differs !== 'words');
const share = 1 - weighty.length / count;
const unexplained = differing.filter((comparison) => reasonFor(comparison, target) === undefined);
console.log(
  `${count} files, ${started} start: verdict and line agree on ${(100 * share).toFixed(2)} %; ` +
    `words differ on ${differing.length - weighty.length} more; ${unexplained.length} without a reason`,
);
process.exitCode = share >= 0.995 && unexplained.length === 0 ? 0 : 1;
