/**
 * A sequence that grows and shrinks at both ends without moving what is between them, as an array does at its end only.
 * It is two stacks, bottom to bottom: one to the front of a middle that lies somewhere, one to the back of it. An end
 * whose stack is empty takes half of the other one, which is long in coming again.
 */
export class Deque<T> {
  /** The first one is its last. */
  #front: T[] = [];
  #back: T[] = [];

  constructor(items: T[] = []) {
    this.#back = items;
  }

  get length(): number {
    return this.#front.length + this.#back.length;
  }

  get first(): T | undefined {
    const front = this.#front;
    return front.length > 0 ? front[front.length - 1] : this.#back[0];
  }

  get last(): T | undefined {
    const back = this.#back;
    return back.length > 0 ? back[back.length - 1] : this.#front[0];
  }

  /** The one at an index below `length`. */
  at(index: number): T {
    const front = this.#front;
    return index < front.length ? front[front.length - 1 - index] : this.#back[index - front.length];
  }

  pushFirst(item: T): void {
    this.#front.push(item);
  }

  pushLast(item: T): void {
    this.#back.push(item);
  }

  popFirst(): T | undefined {
    if (this.#front.length === 0) this.#front = this.#back.splice(0, (this.#back.length + 1) >> 1).reverse();
    return this.#front.pop();
  }

  popLast(): T | undefined {
    if (this.#back.length === 0) this.#back = this.#front.splice(0, (this.#front.length + 1) >> 1).reverse();
    return this.#back.pop();
  }

  /** Takes the place of the one at an index below `length`. */
  replace(index: number, item: T): void {
    const front = this.#front;
    if (index < front.length) front[front.length - 1 - index] = item;
    else this.#back[index - front.length] = item;
  }

  /** Puts one before that at `index`, which moves those of one side. */
  insert(index: number, item: T): void {
    const front = this.#front;
    if (index < front.length) front.splice(front.length - index, 0, item);
    else this.#back.splice(index - front.length, 0, item);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = this.#front.length - 1; i >= 0; i--) yield this.#front[i];
    yield* this.#back;
  }
}
