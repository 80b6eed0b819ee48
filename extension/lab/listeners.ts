import type { Unsubscribe } from './protocol.ts';

/** Who wants to hear of something. */
export class Listeners<T> {
  readonly #all = new Set<(news: T) => void>();

  get any(): boolean {
    return this.#all.size > 0;
  }

  add(listener: (news: T) => void): Unsubscribe {
    // The same function may listen twice.
    const one = (news: T) => listener(news);
    this.#all.add(one);
    return () => this.#all.delete(one);
  }

  tell(news: T): void {
    for (const listener of this.#all) listener(news);
  }
}
