/**
 * Actors of the simulation (clients, operators) as generators: each `yield*` waits for something in virtual time, and
 * what follows runs in the very event that brought it. Promises would wait for a turn of the real event loop, which
 * virtual time has none of.
 */
import type { Simulation } from '../../extension/worlds/simulated.ts';

/** Registers what is to be called when the wait is over; to be called once. */
type Wait = (resume: () => void) => void;

export type Script<T = void> = Generator<Wait, T, void>;

/** Runs until it ends or `stopped` says so where it waits. */
export function run(script: Script, stopped: () => boolean = () => false): void {
  const step = (): void => {
    if (stopped()) return;
    const { done, value } = script.next();
    if (done !== true) value(step);
  };
  step();
}

export function* sleep(simulation: Simulation, ms: number): Script {
  yield (resume) => {
    simulation.after(ms, resume);
  };
}

/** Waits for what a callback brings. */
export function* outcome<T>(ask: (answer: (value: T) => void) => void): Script<T> {
  const box: T[] = [];
  yield (resume) =>
    ask((value) => {
      box.push(value);
      resume();
    });
  const [value] = box;
  if (box.length === 0 || value === undefined) throw new Error('resumed without an outcome');
  return value;
}
