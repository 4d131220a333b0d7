import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { ApprovalRejected, defineJob } from "@holdpoint/sdk";

/** Parks, in the ways that its payload names, and says in which run each thing was done. */
export default defineJob({
  name: "parker",
  version: 1,
  payload: z.object({ way: z.enum(["all", "catch", "open step", "open effect", "no", "group"]) }),
  size: "small",
  timeoutMs: 60_000,
  effectKinds: ["other"],
  async run(ctx) {
    const { runNo } = ctx.job;
    switch (ctx.payload.way) {
      case "all": {
        const first = await ctx.step("first", () => runNo);
        await ctx.sleep(50);
        const second = await ctx.step("second", () => runNo);
        const paid = await ctx.waitFor<{ invoice: number }>("paid", { timeout: "1h" });
        const late = await ctx.waitFor("late", { timeout: 30 });
        const { by, form } = await ctx.approval({
          name: "publish",
          title: "Publish?",
          form: [{ name: "tone", type: "choice", choices: ["calm", "loud"] }],
        });
        const alone = process.send !== undefined;
        return { first, second, invoice: paid?.data.invoice, late, people: by.length, form, last: runNo, alone };
      }
      case "catch":
        try {
          await Promise.race([
            ctx.sleep(runNo === 1 ? 300 : 0),
            new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(new Error("aborted")))),
          ]);
        } catch {
          return "went on";
        }
        return `slept until run ${runNo}`;
      case "open step": {
        const slow = ctx.step("slow", async () => {
          await delay(400);
          return runNo;
        });
        const [made] = await Promise.all([slow, ctx.sleep(100)]);
        return { made, last: runNo };
      }
      case "open effect": {
        const begun = Promise.withResolvers<void>();
        const effect = ctx.effect({ key: "mail", kind: "other", settle: "safe_retry", dedupeMs: 60_000 }, async () => {
          begun.resolve();
          await delay(300);
          return "sent";
        });
        await begun.promise;
        const parked = await ctx.sleep(60_000).catch((error: unknown) => String(error));
        return [await effect, parked];
      }
      case "no":
        try {
          await ctx.approval({ title: "May I?", otherwise: "throw" });
        } catch (error) {
          if (error instanceof ApprovalRejected) await ctx.step("cleaned up", () => error.why);
          throw error;
        }
        return "yes";
      case "group":
        await ctx.approval({ title: "May I?", group: "nobody" });
        return "yes";
    }
  },
});
