/** RFC 854: commands of the protocol, each after an IAC. */
const IAC = 255
const DONT = 254
const DO = 253
const WONT = 252
const WILL = 251
const SB = 250
const SE = 240

type State = 'text' | 'command' | 'option' | 'parameters' | 'parameters-command'

/**
 * Takes the commands of the telnet protocol out of a byte stream, however it is chopped, and
 * refuses every option once.
 */
export class TelnetFilter {
  #state: State = 'text'
  #verb = 0
  readonly #refused = new Set<number>()

  /** The text among these bytes, and what to answer to the commands among them. */
  feed(bytes: Uint8Array): { readonly text: Buffer; readonly answer: Buffer } {
    const text: number[] = []
    const answer: number[] = []
    for (const byte of bytes) this.#take(byte, text, answer)
    return { text: Buffer.from(text), answer: Buffer.from(answer) }
  }

  #take(byte: number, text: number[], answer: number[]): void {
    switch (this.#state) {
      case 'text':
        if (byte === IAC) this.#state = 'command'
        else if (byte !== 0) text.push(byte)
        break
      case 'command':
        this.#verb = byte
        if (byte === IAC) text.push(byte)
        this.#state = byte >= WILL && byte <= DONT ? 'option' : byte === SB ? 'parameters' : 'text'
        break
      case 'option':
        this.#state = 'text'
        this.#refuse(byte, answer)
        break
      case 'parameters':
        if (byte === IAC) this.#state = 'parameters-command'
        break
      case 'parameters-command':
        this.#state = byte === SE ? 'text' : 'parameters'
        break
    }
  }

  /** DO is answered with WONT, WILL with DONT; WONT and DONT need no answer (RFC 1143). */
  #refuse(option: number, answer: number[]): void {
    const refusal = { [DO]: WONT, [WILL]: DONT }[this.#verb]
    if (refusal === undefined || this.#refused.has(refusal * 256 + option)) return
    this.#refused.add(refusal * 256 + option)
    answer.push(IAC, refusal, option)
  }
}
