/**
 * Members in order of score, equal scores in byte order, in blocks of up to 128: a binary search finds the block,
 * another one the place in it, and a Fenwick tree over the blocks' lengths turns ranks into places and back. Measured
 * faster than a skip list in all three of adding, ranks and ranges, and far smaller.
 */
import type { Binary } from '../bytes.ts';

/** In larger blocks adding costs more (moving half a block of pointers), in smaller ones ranks do. */
const BLOCK = 128;
/** A block this small joins its neighbour when both together stay well below BLOCK. */
const SPARSE = 32;
const JOINED = 96;

interface Block {
  readonly members: Binary[];
  readonly scores: number[];
}

export class OrderedBlocks {
  readonly #blocks: Block[] = [];
  /** The first score of each block, side by side: the search for a block stays in a few lines of memory. */
  readonly #firsts: number[] = [];
  #size = 0;
  /** Fenwick tree over block lengths, from index 1 on; rebuilt when the list of blocks has changed. */
  #tree: number[] = [0];
  #treeStale = false;

  get size(): number {
    return this.#size;
  }

  get blockCount(): number {
    return this.#blocks.length;
  }

  insert(member: Binary, score: number): void {
    this.#size++;
    if (this.#blocks.length === 0) {
      this.#blocks.push({ members: [member], scores: [score] });
      this.#firsts.push(score);
      this.#treeStale = true;
      return;
    }
    const at = this.#blockFor(score, member);
    const block = this.#blocks[at];
    const place = placeIn(block, score, member);
    if (block.members.length < BLOCK) {
      insertEntry(block, place, member, score);
      this.#firsts[at] = block.scores[0];
      this.#count(at, 1);
      return;
    }
    // Ascending input fills blocks to the brim instead of leaving half-full ones behind.
    const append = place === BLOCK && at === this.#blocks.length - 1;
    const half = append ? BLOCK : BLOCK >> 1;
    const upper = { members: block.members.splice(half), scores: block.scores.splice(half) };
    this.#blocks.splice(at + 1, 0, upper);
    if (place <= half && !append) insertEntry(block, place, member, score);
    else insertEntry(upper, place - half, member, score);
    this.#firsts[at] = block.scores[0];
    this.#firsts.splice(at + 1, 0, upper.scores[0]);
    this.#treeStale = true;
  }

  /** Removes a member that is there with this score. */
  remove(member: Binary, score: number): void {
    const at = this.#blockFor(score, member);
    const block = this.#blocks[at];
    removeEntry(block, placeIn(block, score, member));
    this.#size--;
    this.#count(at, -1);
    this.#tidy(at);
  }

  /** How many come before this member, which is there with this score. */
  rank(member: Binary, score: number): number {
    const at = this.#blockFor(score, member);
    return this.#before(at) + placeIn(this.#blocks[at], score, member);
  }

  /** How many have a score below `score`, or up to and including it. */
  countByScore(score: number, including: boolean): number {
    return this.#partition((block, i) => (including ? block.scores[i] <= score : block.scores[i] < score));
  }

  /** How many come before `member` (or are it) in byte order; meant for sets whose scores are all equal. */
  countByMember(member: Binary, including: boolean): number {
    return this.#partition((block, i) =>
      including ? block.members[i] <= member : block.members[i] < member,
    );
  }

  /** Visits ranks `from` to before `to`, which exist, upwards or downwards. */
  each(from: number, to: number, reverse: boolean, visit: (member: Binary, score: number) => void): void {
    if (from >= to) return;
    let left = to - from;
    let [at, place] = this.#locate(reverse ? to - 1 : from);
    while (left > 0) {
      const { members, scores } = this.#blocks[at];
      if (reverse) {
        for (; place >= 0 && left > 0; place--, left--) visit(members[place], scores[place]);
        if (left > 0) place = this.#blocks[--at].members.length - 1;
      } else {
        for (; place < members.length && left > 0; place++, left--) visit(members[place], scores[place]);
        at++;
        place = 0;
      }
    }
  }

  /** Removes ranks `from` to before `to`, which exist, telling each to `visit`. */
  removeRanks(from: number, to: number, visit: (member: Binary, score: number) => void): void {
    for (let left = to - from; left > 0; ) {
      const [at, place] = this.#locate(from);
      const members = this.#blocks[at].members.splice(place, left);
      const scores = this.#blocks[at].scores.splice(place, left);
      for (let i = 0; i < members.length; i++) visit(members[i], scores[i]);
      left -= members.length;
      this.#size -= members.length;
      this.#count(at, -members.length);
      this.#tidy(at);
    }
  }

  clone(): OrderedBlocks {
    const copy = new OrderedBlocks();
    for (const { members, scores } of this.#blocks) {
      copy.#blocks.push({ members: members.slice(), scores: scores.slice() });
      copy.#firsts.push(scores[0]);
    }
    copy.#size = this.#size;
    copy.#treeStale = true;
    return copy;
  }

  /** The last block whose first entry is not behind (score, member), or the first block. */
  #blockFor(score: number, member: Binary): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const first = this.#firsts[middle];
      if (score < first || (score === first && member < this.#blocks[middle].members[0])) high = middle - 1;
      else low = middle;
    }
    return low;
  }

  /** How many entries, all at the front, `holds` is true for. */
  #partition(holds: (block: Block, place: number) => boolean): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#blocks[middle], 0)) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0;
    const block = this.#blocks[low - 1];
    let from = 1;
    let to = block.members.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (holds(block, middle)) from = middle + 1;
      else to = middle;
    }
    return this.#before(low - 1) + from;
  }

  /** Something was removed from a block: when it is empty it goes, when it is sparse it joins its neighbour. */
  #tidy(at: number): void {
    const { members, scores } = this.#blocks[at];
    if (members.length > 0) this.#firsts[at] = scores[0];
    if (members.length >= SPARSE) return;
    if (members.length === 0) {
      this.#drop(at);
      return;
    }
    const left = at > 0 ? at - 1 : at;
    const into = this.#blocks[left];
    const from = this.#blocks[left + 1];
    if (from === undefined || into.members.length + from.members.length > JOINED) return;
    for (const member of from.members) into.members.push(member);
    for (const score of from.scores) into.scores.push(score);
    this.#drop(left + 1);
  }

  #drop(at: number): void {
    this.#blocks.splice(at, 1);
    this.#firsts.splice(at, 1);
    this.#treeStale = true;
  }

  #count(at: number, change: number): void {
    if (this.#treeStale) return;
    for (let i = at + 1; i < this.#tree.length; i += i & -i) this.#tree[i] += change;
  }

  #freshTree(): number[] {
    if (!this.#treeStale) return this.#tree;
    const tree = new Array<number>(this.#blocks.length + 1).fill(0);
    for (let i = 1; i < tree.length; i++) {
      tree[i] += this.#blocks[i - 1].members.length;
      const parent = i + (i & -i);
      if (parent < tree.length) tree[parent] += tree[i];
    }
    this.#tree = tree;
    this.#treeStale = false;
    return tree;
  }

  /** Entries in the blocks before block `at`. */
  #before(at: number): number {
    const tree = this.#freshTree();
    let sum = 0;
    for (let i = at; i > 0; i -= i & -i) sum += tree[i];
    return sum;
  }

  /** Block and place of a rank that exists. */
  #locate(rank: number): [block: number, place: number] {
    const tree = this.#freshTree();
    let at = 0;
    let left = rank;
    for (let step = 1 << (31 - Math.clz32(tree.length)); step > 0; step >>= 1) {
      const next = at + step;
      if (next < tree.length && tree[next] <= left) {
        at = next;
        left -= tree[next];
      }
    }
    return [at, left];
  }
}

function isBefore(score: number, member: Binary, otherScore: number, otherMember: Binary): boolean {
  return score < otherScore || (score === otherScore && member < otherMember);
}

/** For a few dozen elements a loop is quicker than `splice`, which makes an array of what it removed. */
function insertEntry({ members, scores }: Block, place: number, member: Binary, score: number): void {
  members.push(member);
  scores.push(score);
  for (let i = members.length - 1; i > place; i--) {
    members[i] = members[i - 1];
    scores[i] = scores[i - 1];
  }
  members[place] = member;
  scores[place] = score;
}

function removeEntry({ members, scores }: Block, place: number): void {
  for (let i = place + 1; i < members.length; i++) {
    members[i - 1] = members[i];
    scores[i - 1] = scores[i];
  }
  members.pop();
  scores.pop();
}

/** Where (score, member) is in a block, or would have to go. */
function placeIn({ members, scores }: Block, score: number, member: Binary): number {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(scores[middle], members[middle], score, member)) low = middle + 1;
    else high = middle;
  }
  return low;
}
