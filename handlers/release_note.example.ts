import { ApprovalRejected, defineJob, z } from "@holdpoint/sdk";

/**
 * A job that waits, in all three ways: it drafts a release note, gives people an hour to object, waits for the release
 * to be out, asks before it publishes, and takes the draft back when the answer is no.
 */
export default defineJob({
  name: "release_note",
  version: 1,
  description: "Drafts a release note and publishes it when the release is out and a person agrees.",
  payload: z.object({ product: z.string().min(1).max(80), changes: z.array(z.string()).min(1) }),
  size: "small",
  timeoutMs: 60_000,
  effectKinds: ["other"],
  async run(ctx) {
    const { product, changes } = ctx.payload;
    const draft = await ctx.step("draft", () => changes.map((change) => `- ${change}`).join("\n"));
    await ctx.artifact("note.md", { body: draft, mediaType: "text/markdown" });
    await ctx.sleep("1h");
    const released = await ctx.waitFor<{ version: string }>("released", { timeout: "7d" });
    if (released === null) return { published: false, why: "the release did not come" };
    const title = `${product} ${released.data.version}`;
    try {
      const { by, form } = await ctx.approval({
        name: "publish",
        title: `Publish the note of ${title}`,
        summary: draft,
        form: [{ name: "where", type: "choice", choices: ["blog", "mailing list"] }],
        otherwise: "throw",
      });
      // The key is the same in every run: published once, whatever dies in between.
      await ctx.effect({ key: "publish", kind: "other", settle: "safe_retry", dedupeMs: 3_600_000 }, () => ({
        title,
        where: form["where"] ?? null,
      }));
      return { published: true, by, title };
    } catch (error) {
      if (error instanceof ApprovalRejected) await ctx.step("take back", () => ({ because: error.why }));
      throw error;
    }
  },
});
