/** Something that is due at a time. The heap keeps its place up to date in `slot`. */
export interface Due {
  dueMs: number
  /** Where in the heap it is; -1 when it is not in it. */
  slot: number
}

/** A binary heap, the earliest first, from which anything can be taken out. */
export class DueHeap<Item extends Due> {
  readonly #items: Item[] = []

  get earliest(): Item | undefined {
    return this.#items[0]
  }

  /** Puts an item in at its `dueMs`, or moves it there. */
  put(item: Item, dueMs: number): void {
    item.dueMs = dueMs
    if (item.slot < 0) {
      item.slot = this.#items.length
      this.#items.push(item)
    }
    this.#up(item)
    this.#down(item)
  }

  /** Takes an item out; one that is not in stays out. */
  remove(item: Item): void {
    const { slot } = item
    if (slot < 0) return
    item.slot = -1
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    this.#place(last, slot)
    this.#up(last)
    this.#down(last)
  }

  #up(item: Item): void {
    for (let { slot } = item; slot > 0; slot = item.slot) {
      const parent = this.#items[(slot - 1) >> 1]
      if (parent === undefined || parent.dueMs <= item.dueMs) return
      this.#place(item, parent.slot)
      this.#place(parent, slot)
    }
  }

  #down(item: Item): void {
    for (;;) {
      const { slot } = item
      const left = this.#items[2 * slot + 1]
      const right = this.#items[2 * slot + 2]
      const child =
        right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left
      if (child === undefined || child.dueMs >= item.dueMs) return
      this.#place(item, child.slot)
      this.#place(child, slot)
    }
  }

  #place(item: Item, slot: number): void {
    this.#items[slot] = item
    item.slot = slot
  }
}
