/** Groups of records that are one, from probabilities of pairs, without chains. */

/** Two records by number, and how probably they are one. */
export interface ScoredPair {
  readonly left: number;
  readonly right: number;
  readonly probability: number;
}

export interface ClusterRules {
  /** Two groups become one while the mean probability over all pairs between them is at least this. */
  readonly threshold: number;
  /** No group grows over this many. */
  readonly largest: number;
}

/**
 * Average-link clustering over the pairs given; a pair that is not given counts as 0. So a record that is like one of a
 * group and unlike the others stays outside: A~B and B~C do not make A and C one. The same pairs in any order give the same
 * groups. O(p log p) for p pairs.
 * @returns by record the number of its group, which is the lowest of its records
 */
export function cluster(
  records: number,
  pairs: readonly ScoredPair[],
  { threshold, largest }: ClusterRules,
): Int32Array {
  const links: Map<number, number>[] = Array.from({ length: records }, () => new Map());
  for (const { left, right, probability } of pairs) {
    if (left === right) continue;
    links[left]?.set(right, probability);
    links[right]?.set(left, probability);
  }
  const members: number[][] = Array.from({ length: records }, (_, n) => [n]);
  const version = new Int32Array(records);
  const queue = new MergeQueue();
  const offer = (a: number, b: number, sum: number) => {
    const [left, right] = a < b ? [a, b] : [b, a];
    const [sizeA, sizeB] = [members[left]?.length ?? 0, members[right]?.length ?? 0];
    const mean = sum / (sizeA * sizeB);
    if (mean >= threshold && sizeA + sizeB <= largest)
      queue.push({ left, right, mean, stamp: (version[left] as number) + (version[right] as number) });
  };
  for (const [left, others] of links.entries())
    for (const [right, sum] of others) if (left < right) offer(left, right, sum);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { left, right, stamp } = next;
    if (members[left]?.length === 0 || members[right]?.length === 0) continue;
    if (stamp !== (version[left] as number) + (version[right] as number)) continue;
    members[left]?.push(...(members[right]?.splice(0) ?? []));
    version[left] = (version[left] as number) + 1;
    version[right] = (version[right] as number) + 1;
    const [kept, gone] = [links[left] as Map<number, number>, links[right] as Map<number, number>];
    kept.delete(right);
    for (const [other, sum] of gone) {
      links[other]?.delete(right);
      if (other === left) continue;
      kept.set(other, (kept.get(other) ?? 0) + sum);
    }
    gone.clear();
    for (const [other, sum] of kept) {
      links[other]?.set(left, sum);
      offer(left, other, sum);
    }
  }
  const groups = new Int32Array(records);
  for (const list of members) {
    const lowest = list.reduce((low, each) => Math.min(low, each), Number.POSITIVE_INFINITY);
    for (const record of list) groups[record] = lowest;
  }
  return groups;
}

interface Merge {
  readonly left: number;
  readonly right: number;
  readonly mean: number;
  readonly stamp: number;
}

/** A binary heap: the highest mean first, of equals the lowest numbers. */
class MergeQueue {
  readonly #heap: Merge[] = [];

  push(merge: Merge): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(merge);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(merge, heap[parent] as Merge)) break;
      heap[at] = heap[parent] as Merge;
      at = parent;
    }
    heap[at] = merge;
  }

  pop(): Merge | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Merge, heap[child] as Merge)) child++;
      if (!before(heap[child] as Merge, last)) break;
      heap[at] = heap[child] as Merge;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function before(a: Merge, b: Merge): boolean {
  return a.mean !== b.mean ? a.mean > b.mean : a.left !== b.left ? a.left < b.left : a.right < b.right;
}
