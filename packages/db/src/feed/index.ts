export * from "./cursor.ts";
export * from "./event.ts";
export * from "./source.ts";
export * from "./tailer.ts";
