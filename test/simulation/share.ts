/** A share of the seeds, one after the other, and what came of each. */
import { Broken, runSeed, type SeedOptions, type SeedResult } from './run-seed.ts';

export interface Share extends SeedOptions {
  /** Seeds first, first + step … below end. */
  readonly first: number;
  readonly end: number;
  readonly step: number;
}

export type Outcome =
  | { readonly seed: number; readonly result: SeedResult }
  | { readonly seed: number; readonly message: string; readonly timeline: string };

export function* runShare({ first, end, step, ...options }: Share): Generator<Outcome, undefined> {
  for (let seed = first; seed < end; seed += step) {
    try {
      yield { seed, result: runSeed(seed, options) };
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      const { message, cause, timeline } = error;
      yield { seed, message: cause instanceof Error ? `${message}\n${cause.stack}` : message, timeline };
    }
  }
  return undefined;
}
