/** Undoing what a run left in the system, last first, whichever way the run ends. */
const steps: (() => void)[] = [];

export function onCleanup(step: () => void): void {
  steps.push(step);
}

function cleanUp(): void {
  for (let step = steps.pop(); step; step = steps.pop()) {
    try {
      step();
    } catch (error) {
      console.error(error);
    }
  }
}

process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
