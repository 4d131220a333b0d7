import "server-only";
import { createFeedSource, FeedTailer } from "@holdpoint/db/feed";
import { webEnvironment } from "../env.ts";

declare global {
  // One per process, also when development reloads this module.
  var holdpointTailer: FeedTailer | undefined;
}

/** The one tailer of this process; null when HOLDPOINT_WEB_DATABASE_URL is not set. */
export function feedTailer(): FeedTailer | null {
  const url = webEnvironment().config?.feedUrl;
  if (!url) return null;
  globalThis.holdpointTailer ??= new FeedTailer(createFeedSource(url));
  return globalThis.holdpointTailer;
}

/** Where the feed ends now, to be read before the rest of the page; null when it can't be told. */
export async function feedCursor(): Promise<string | null> {
  const tailer = feedTailer();
  if (!tailer) return null;
  try {
    return (await tailer.head()).cursor;
  } catch {
    // The page still opens; its stream begins at the end of the feed, with a fresh read.
    return null;
  }
}
