/** What goes down a stream of the hub to one party. */
export interface StreamItem {
  /** Of two with the same key the later one is enough for who was away; absent: each counts. */
  readonly key?: string
  readonly deliver: () => void
}

/** How a stream reaches its party. */
export interface StreamWay {
  isOpen(): boolean
  /** Calls back when it has arrived, which may be never. */
  send(arrived: () => void): void
}

/** A watch or a log on its way to one party: in order, each once, over every reconnection. */
export class PartyStream {
  readonly #way: StreamWay
  #queue: StreamItem[] = []
  #sent = 0
  /** What was sent before a reconnection arrives no more. */
  #round = 0
  #isActive = true

  constructor(way: StreamWay) {
    this.#way = way
  }

  offer(item: StreamItem): void {
    if (!this.#isActive) return
    if (!this.#way.isOpen() && item.key !== undefined) {
      this.#queue = this.#queue.filter(({ key }) => key !== item.key)
      this.#sent = 0
      this.#round++
    }
    this.#queue.push(item)
    this.#pump()
  }

  /** The way is open again: begins behind the last that arrived. */
  resume(): void {
    this.#round++
    this.#sent = 0
    this.#pump()
  }

  stop(): void {
    this.#isActive = false
    this.#queue = []
  }

  #pump(): void {
    while (this.#way.isOpen() && this.#sent < this.#queue.length) {
      const round = this.#round
      this.#sent++
      this.#way.send(() => this.#arrive(round))
    }
  }

  #arrive(round: number): void {
    if (round !== this.#round || !this.#isActive) return
    const item = this.#queue.shift()
    this.#sent--
    item?.deliver()
  }
}
