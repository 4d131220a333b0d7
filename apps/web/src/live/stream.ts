import { setServerTime } from "./clock.tsx";
import { CUT_AFTER_MS, SLOW_MS, type StreamBeat, type StreamEvent, type StreamMessage } from "./protocol.ts";

/**
 * The browser's end of the stream. One connection per browser: the tab that holds the lock reads and tells the others
 * over a BroadcastChannel; when it goes, the next one reads on from the last cursor anybody saw. Events are never
 * skipped or repeated: the server goes on after the cursor it is given.
 */
export interface LiveState {
  phase: "connecting" | "live" | "slow" | "cut" | "off";
  /** Age of the newest knowledge in ms, as of `heardAt`. */
  behindMs: number;
  /** When the last word came, by this browser's clock; 0: never. */
  heardAt: number;
  /** When the stream was cut and what the screen shows, in server time; null while it is not. */
  cut: { at: number; seen: number } | null;
}

export type Listener = (message: StreamMessage) => void;

const NAME = "holdpoint-stream";
const RETRY_MS = 1_000;

let state: LiveState = { phase: "connecting", behindMs: 0, heardAt: 0, cut: null };
let cursor: string | null = null;
let serverOffset = 0;
let stop: (() => void) | null = null;
const stateListeners = new Set<() => void>();
const messageListeners = new Set<Listener>();

export const liveState = () => state;
export function onLiveState(listener: () => void): () => void {
  stateListeners.add(listener);
  return () => stateListeners.delete(listener);
}
export function onMessage(listener: Listener): () => void {
  messageListeners.add(listener);
  return () => messageListeners.delete(listener);
}

/** Begins to follow from the cursor that the page was drawn at. Gives the way to end it. */
export function startStream(from: string | null): () => void {
  cursor ??= from;
  if (stop) return stop;
  const ended = new AbortController();
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : null;
  channel?.addEventListener("message", (event: MessageEvent<StreamMessage>) => receive(event.data));
  const lead = () =>
    readStream(ended.signal, (message) => {
      receive(message);
      channel?.postMessage(message);
    });
  // Web Locks need a secure context (https, or this machine). Without them each tab reads for itself.
  if (navigator.locks) {
    navigator.locks.request(NAME, { signal: ended.signal }, lead).catch(() => undefined);
  } else void lead();
  const watch = setInterval(checkSilence, 1_000);
  stop = () => {
    ended.abort();
    clearInterval(watch);
    channel?.close();
    stop = null;
  };
  return stop;
}

/** Reads until the signal fires; comes back after every break, from the last cursor. */
async function readStream(signal: AbortSignal, give: (message: StreamMessage) => void): Promise<void> {
  while (!signal.aborted) {
    await readOnce(signal, give);
    await pause(RETRY_MS, signal);
  }
}

/** One EventSource's life. It reconnects by itself with Last-Event-ID; this ends only when it has given up. */
function readOnce(signal: AbortSignal, give: (message: StreamMessage) => void): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource(cursor ? `/api/stream?after=${encodeURIComponent(cursor)}` : "/api/stream");
    const end = () => {
      source.close();
      signal.removeEventListener("abort", end);
      resolve();
    };
    signal.addEventListener("abort", end);
    source.addEventListener("feed", (event) => {
      const events: StreamEvent[] = JSON.parse(event.data);
      give({ kind: "feed", cursor: event.lastEventId, events });
    });
    source.addEventListener("beat", (event) => {
      const beat: StreamBeat = JSON.parse(event.data);
      give({ kind: "beat", cursor: event.lastEventId, beat });
    });
    source.addEventListener("resync", (event) => give({ kind: "resync", cursor: event.lastEventId }));
    source.addEventListener("bye", (event) => {
      if (event.data === "signed_out") give({ kind: "signed_out" });
      end();
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) end();
    });
  });
}

function receive(message: StreamMessage): void {
  if (message.kind !== "signed_out" && message.cursor) cursor = message.cursor;
  if (message.kind === "beat") {
    const { behindMs, serverNow } = message.beat;
    setServerTime(serverNow);
    serverOffset = serverNow - Date.now();
    const known = behindMs !== null && behindMs < CUT_AFTER_MS;
    if (known) {
      set({ phase: behindMs > SLOW_MS ? "slow" : "live", behindMs, heardAt: Date.now(), cut: null });
    } else cutOff();
  }
  for (const listener of messageListeners) listener(message);
}

function checkSilence(): void {
  if (state.heardAt > 0 && Date.now() - state.heardAt > CUT_AFTER_MS) cutOff();
}

function cutOff(): void {
  if (state.phase === "cut") return;
  const seen = (state.heardAt || Date.now()) + serverOffset - state.behindMs;
  set({ ...state, phase: "cut", cut: { at: (state.heardAt || Date.now()) + serverOffset, seen } });
}

function set(next: LiveState): void {
  state = next;
  for (const listener of stateListeners) listener();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
