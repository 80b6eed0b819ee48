/**
 * `npm run check`: types, lint, the house rules and the unit tests, side by side, as they would rather wait for a disk or
 * a port than for each other. Prints what each had to say, and exits with 0 when all are content.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const CHECKS = ['types', 'lint', 'unit:node', 'unit:tools', 'unit:lab'] as const;

interface Verdict {
  readonly name: string;
  readonly passed: boolean;
}

function check(name: string): Promise<Verdict> {
  const child = spawn('npm', ['run', '--silent', name], { cwd: root, shell: process.platform === 'win32' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const passed = code === 0;
      process.stdout.write(`── ${name}: ${passed ? 'ok' : 'FAILED'}\n${said}`);
      resolve({ name, passed });
    });
  });
}

const startedAt = performance.now();
const verdicts = await Promise.all(CHECKS.map(check));
const failed = verdicts.filter(({ passed }) => !passed).map(({ name }) => name);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(failed.length === 0 ? `All ok (${seconds} s)` : `Failed: ${failed.join(', ')} (${seconds} s)`);
process.exitCode = failed.length === 0 ? 0 : 1;
