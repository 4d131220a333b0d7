import { createHash } from "node:crypto";
import type { LogChunk, LogStream } from "@holdpoint/db/runtime";

export const CHUNK_BYTES = 65_536;
export const HEAD_BYTES = 2 * 1_024 * 1_024;
export const TAIL_BYTES = 512 * 1_024;

export interface OutputLimits {
  headBytes: number;
  tailBytes: number;
}

interface Piece {
  stream: LogStream;
  bytes: Buffer;
}

/**
 * The output of one run. The first part is written as it comes; past it only the last part is kept and written when
 * the run ends, with what was cut stated in between. Length and sha256 are of the text as it is stored, chunk after
 * chunk, so that anyone can check the stored log against the run's last event.
 */
export class RunOutput {
  readonly jobId: string;
  readonly token: string;
  readonly #limits: OutputLimits;
  readonly #hash = createHash("sha256");
  #storedBytes = 0;
  #chunkNo = 0;
  #sealed: LogChunk[] = [];
  #open: Piece[] = [];
  #openBytes = 0;
  #headLeft: number;
  #tail: Piece[] = [];
  #tailBytes = 0;
  #cutBytes = 0;
  #cutting = false;
  #closed = false;
  #digest: string | null = null;

  constructor(jobId: string, token: string, limits: OutputLimits = { headBytes: HEAD_BYTES, tailBytes: TAIL_BYTES }) {
    this.jobId = jobId;
    this.token = token;
    this.#limits = limits;
    this.#headLeft = limits.headBytes;
  }

  /** Takes text in. After the end it is dropped: the hash has been given. */
  write(stream: LogStream, text: string): void {
    if (this.#closed || text === "") return;
    const bytes = Buffer.from(text.replaceAll("\0", "\uFFFD"), "utf8");
    const head = wholeCharacters(bytes, this.#headLeft);
    if (head > 0) {
      this.#append({ stream, bytes: bytes.subarray(0, head) });
      this.#headLeft -= head;
    }
    if (head === bytes.length) return;
    if (!this.#cutting) this.#announceCut();
    this.#keepTail({ stream, bytes: bytes.subarray(head) });
  }

  /** Chunks that are ready to be written, at most once each. */
  take(): LogChunk[] {
    this.#seal();
    const ready = this.#sealed;
    this.#sealed = [];
    return ready;
  }

  /** Ends the log: the cut is stated, the tail follows. Answers what the settling event keeps. */
  finish(): { bytes: number; sha256: string | null } {
    if (!this.#closed) {
      if (this.#cutBytes > 0) {
        this.#append({ stream: "cut", bytes: Buffer.from(`\n[${this.#cutBytes} bytes were left out here.]\n`) });
      }
      for (const piece of this.#tail) this.#append(piece);
      this.#tail = [];
      this.#seal();
      this.#closed = true;
      this.#digest = this.#storedBytes === 0 ? null : this.#hash.digest("hex");
    }
    return { bytes: this.#storedBytes, sha256: this.#digest };
  }

  #announceCut(): void {
    this.#cutting = true;
    this.#headLeft = 0;
    const text = `\n[The log is over ${this.#limits.headBytes} bytes: only its last ${this.#limits.tailBytes} are kept from here on, and shown when the run has ended.]\n`;
    this.#append({ stream: "cut", bytes: Buffer.from(text) });
  }

  #keepTail(piece: Piece): void {
    this.#tail.push(piece);
    this.#tailBytes += piece.bytes.length;
    while (this.#tailBytes > this.#limits.tailBytes) {
      const first = this.#tail[0];
      if (first === undefined) return;
      const over = this.#tailBytes - this.#limits.tailBytes;
      const drop = over >= first.bytes.length ? first.bytes.length : nextCharacter(first.bytes, over);
      if (drop >= first.bytes.length) this.#tail.shift();
      else this.#tail[0] = { stream: first.stream, bytes: first.bytes.subarray(drop) };
      this.#tailBytes -= drop;
      this.#cutBytes += drop;
    }
  }

  #append(piece: Piece): void {
    const [open] = this.#open;
    if (open !== undefined && open.stream !== piece.stream) this.#seal();
    let { bytes } = piece;
    while (bytes.length > 0) {
      const fits = wholeCharacters(bytes, CHUNK_BYTES - this.#openBytes);
      if (fits > 0) {
        this.#open.push({ stream: piece.stream, bytes: bytes.subarray(0, fits) });
        this.#openBytes += fits;
        bytes = bytes.subarray(fits);
      }
      if (bytes.length > 0) this.#seal();
    }
  }

  #seal(): void {
    const [first] = this.#open;
    if (first === undefined) return;
    const bytes = Buffer.concat(this.#open.map((piece) => piece.bytes));
    this.#hash.update(bytes);
    this.#storedBytes += bytes.length;
    this.#chunkNo += 1;
    this.#sealed.push({
      jobId: this.jobId,
      token: this.token,
      chunkNo: this.#chunkNo,
      stream: first.stream,
      text: bytes.toString("utf8"),
    });
    this.#open = [];
    this.#openBytes = 0;
  }
}

/** How many bytes, at most `limit`, end on a character's end. */
function wholeCharacters(bytes: Buffer, limit: number): number {
  if (limit <= 0) return 0;
  if (bytes.length <= limit) return bytes.length;
  let end = limit;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return end;
}

/** The first character's start at or after `from`. */
function nextCharacter(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isContinuation(bytes[at])) at += 1;
  return at;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
