/** Reads /api/stream as a browser would, without one. */
export interface Heard {
  event: string;
  id: string;
  data: unknown;
}

export interface StreamReader {
  heard: Heard[];
  /** Waits until what was heard satisfies the test. */
  until(test: (heard: readonly Heard[]) => boolean, timeoutMs?: number): Promise<void>;
  stop(): void;
  status: number;
}

export async function openStream(url: string, cookie: string, lastEventId?: string): Promise<StreamReader> {
  const stop = new AbortController();
  const headers: Record<string, string> = { cookie, accept: "text/event-stream" };
  if (lastEventId !== undefined) headers["last-event-id"] = lastEventId;
  const response = await fetch(`${url}/api/stream`, { headers, signal: stop.signal, redirect: "manual" });
  const heard: Heard[] = [];
  const bells = new Set<() => void>();
  const pump = async () => {
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) parse(block, heard);
      for (const bell of bells) bell();
    }
  };
  if (response.status === 200) pump().catch(() => undefined);
  return {
    heard,
    status: response.status,
    stop: () => stop.abort(),
    until: (test, timeoutMs = 8_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!test(heard)) return;
          clearTimeout(timer);
          bells.delete(look);
          resolve();
        };
        const timer = setTimeout(() => {
          bells.delete(look);
          reject(new Error(`not heard within ${timeoutMs} ms; last: ${JSON.stringify(heard.slice(-3))}`));
        }, timeoutMs);
        bells.add(look);
        look();
      }),
  };
}

function parse(block: string, into: Heard[]): void {
  const field = (name: string) =>
    block
      .split("\n")
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const event = field("event");
  if (event) into.push({ event, id: field("id") ?? "", data: parseData(field("data")) });
}

/** The feed events among what was heard, in order. */
export function feedEvents(heard: readonly Heard[]): { stream: string; seq: number; venture: string; type: string }[] {
  return heard.filter((one) => one.event === "feed").flatMap((one) => one.data as never);
}

function parseData(text: string | undefined): unknown {
  try {
    return JSON.parse(text || "null");
  } catch {
    return text;
  }
}
