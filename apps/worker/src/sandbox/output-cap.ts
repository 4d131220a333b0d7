import { StringDecoder } from "node:string_decoder";

/**
 * Passes on the first bytes of a stream as they come, keeps the last ones, and says at the end how much was cut
 * between them. Never grows beyond head, tail and one chunk; never holds the writer up.
 */
export class OutputCap {
  total = 0;
  readonly #sink: (text: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  readonly #tailMax: number;
  readonly #headMax: number;
  #tail: Buffer[] = [];
  #tailBytes = 0;

  constructor(headMax: number, tailMax: number, sink: (text: string) => void) {
    this.#headMax = headMax;
    this.#tailMax = tailMax;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    const room = Math.max(0, this.#headMax - this.total);
    this.total += chunk.length;
    if (room > 0) this.#emit(this.#decoder.write(chunk.subarray(0, room)));
    if (chunk.length > room) this.#keep(chunk.subarray(room));
  }

  /** Emits the tail, after a line that states the cut when something was cut. */
  end(): void {
    let tail = Buffer.concat(this.#tail);
    const cut = this.total - Math.min(this.total, this.#headMax) - tail.length;
    const over = Math.max(0, tail.length - this.#tailMax);
    if (cut + over === 0) {
      this.#emit(this.#decoder.end(tail));
      return;
    }
    tail = tail.subarray(over);
    // A cut may fall inside a character: its rest would read as garbage.
    let start = 0;
    while (start < 3 && ((tail[start] ?? 0) & 0xc0) === 0x80) start += 1;
    this.#emit(
      `${this.#decoder.end()}\n[holdpoint: ${cut + over + start} of ${this.total} bytes cut here; ` +
        `the first ${this.#headMax} and the last ${tail.length - start} are kept]\n`,
    );
    this.#emit(tail.subarray(start).toString("utf8"));
  }

  #keep(chunk: Buffer): void {
    // A copy: a slice would keep the whole chunk it came from alive.
    this.#tail.push(Buffer.from(chunk));
    this.#tailBytes += chunk.length;
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) >= this.#tailMax && this.#tail.length > 1) {
      this.#tailBytes -= this.#tail.shift()?.length ?? 0;
    }
  }

  #emit(text: string): void {
    if (text !== "") this.#sink(text);
  }
}
