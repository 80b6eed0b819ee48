/**
 * How long executions took, in buckets that grow with the value: sixteen to every power of two of microseconds, so
 * that a percentile is right within about 6 %. INFO latencystats and LATENCY HISTOGRAM read it.
 */
const SUB_BITS = 4;
const SUB_BUCKETS = 1 << SUB_BITS;
/** Up to 2^30 us (18 minutes); longer ones count in the last bucket. */
const POWERS = 31 - SUB_BITS;
const LONGEST_US = 2 ** 30 - 1;

export class LatencyHistogram {
  readonly #counts = new Uint32Array((POWERS + 1) * SUB_BUCKETS);
  total = 0;

  add(microseconds: number): void {
    const us = microseconds > LONGEST_US ? LONGEST_US : microseconds | 0;
    this.#counts[bucketOf(us)] += 1;
    this.total++;
  }

  /** Upper bound, in microseconds, of the bucket in which `percent` of all executions have been counted. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.total));
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket];
      if (seen >= wanted) return upperBound(bucket);
    }
    return 0;
  }

  /** Cumulative counts at powers of two, as LATENCY HISTOGRAM prints them; only bounds at which something was added. */
  powersOfTwo(): (readonly [upperUs: number, count: number])[] {
    const steps: (readonly [number, number])[] = [];
    let seen = 0;
    let bound = 1;
    let before = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      while (upperBound(bucket) > bound) {
        if (seen > before) steps.push([bound, seen]);
        before = seen;
        bound *= 2;
      }
      seen += this.#counts[bucket];
    }
    if (seen > before) steps.push([bound, seen]);
    return steps;
  }
}

/** Values below 16 have a bucket each; above, the top five bits of the value choose it. */
function bucketOf(us: number): number {
  if (us < SUB_BUCKETS) return us;
  const power = 31 - Math.clz32(us);
  const shift = power - SUB_BITS;
  return ((shift + 1) << SUB_BITS) + ((us >> shift) & (SUB_BUCKETS - 1));
}

function upperBound(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = (bucket >> SUB_BITS) - 1;
  const top = (bucket & (SUB_BUCKETS - 1)) + SUB_BUCKETS;
  return (top + 1) * 2 ** shift - 1;
}
