/** Resolves a build of the repository that the argument names, and prints how that ended. */
import { BadInputError } from "@holdpoint/sdk";
import { runJob } from "@holdpoint/sdk/testing";
import { makeBuild } from "../build/build.ts";

const job = makeBuild({ isolation: () => Promise.reject(new Error("not asked for before admission")) });
const venture = { repository: process.argv[2] ?? "", buildCommand: "true" };
try {
  await runJob(job, { payload: {}, venture });
} catch (error) {
  if (!(error instanceof BadInputError)) throw error;
  const { errorClass, reason, field, message } = error;
  process.stdout.write(JSON.stringify({ errorClass, reason, field, message }));
}
