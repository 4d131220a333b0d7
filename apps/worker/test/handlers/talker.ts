import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Uses everything a handler is given. */
export default defineJob({
  name: "talker",
  version: 1,
  payload: z.object({ lines: z.number().default(3) }),
  size: "small",
  timeoutMs: 60_000,
  async run({ payload, log, step, artifact, evidence, quarantine, progress, venture }) {
    for (let i = 0; i < payload.lines; i++) log(`line ${i}`);
    log.stderr("careful\n");
    progress({ done: 1, total: 2, note: "half" });
    const kept = await step("count", () => payload.lines * 2);
    const file = await artifact("report.txt", { body: "hello", mediaType: "text/plain", facts: { kept } });
    await evidence([{ subject: "x", kind: "test", ok: true, finding: "It is there.", lifetimeMs: 60_000 }]);
    const claim = { kind: "page", subject: "https://x.test/about", reason: "unsafe_public_claim" } as const;
    const { opened } = await quarantine({ ...claim, finding: "It promises a cure.", evidence: { line: 4 } });
    const again = await quarantine({ ...claim, finding: "It still does." });
    log.stderr(opened && !again.opened ? "" : "the page was not put in quarantine once\n");
    return { kept, sha256: file.sha256, venture: venture.key };
  },
});
