import { once } from "node:events";
import path from "node:path";
import { listApprovals } from "@holdpoint/db/people";
import type { PeopleClient } from "@holdpoint/db/people";
import { openLocalSession, startLocal, writePrivateFile } from "@holdpoint/local";
import type { LocalStack } from "@holdpoint/local";
import { migrateBullmqSchema } from "@holdpoint/queues";
import { paintFor } from "../format/style.ts";
import { CHECKOUT } from "./checkout.ts";
import { hasFirstWork, submitFirstWork } from "./first-work.ts";
import type { StartOptions } from "./options.ts";
import type { Screen } from "./screen.ts";
import { startWorker } from "./start-worker.ts";
import { summary } from "./summary.ts";
import { buildWeb, isBuilt } from "./web/build-web.ts";
import { chooseWebPort } from "./web/choose-port.ts";
import { startWeb } from "./web/start-web.ts";

/**
 * Starts everything, says where it is, and waits for `signal`; then stops everything in the opposite order. Nothing is
 * left running when this settles, whether it failed, was stopped half-way, or ran for a month.
 */
export async function runStart(options: StartOptions, screen: Screen, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const running: { name: string; stop(): Promise<void> }[] = [];
  const step = async <T>(label: string, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    return await screen.step(label, work);
  };
  try {
    const stack = await startLocal({
      dataDir: options.dataDir,
      chooseSite: async (state) => `http://127.0.0.1:${await chooseWebPort(state, options.port, screen.say)}`,
      migrateQueues: (ownerUrl) => migrateBullmqSchema(ownerUrl, "holdpoint_worker"),
      step,
      say: screen.say,
    });
    running.push({ name: "database", stop: stack.stop });
    const client = await step("Command line signed in", () => openSession(stack));
    const siteUrl = options.web ? stack.siteUrl : null;
    if (siteUrl !== null) {
      if (!options.dev) await buildDashboard(stack, step, signal);
      const web = await step("Dashboard", () =>
        startWeb({ ...options, checkout: CHECKOUT, stack, signal, say: screen.say }),
      );
      running.push({ name: "dashboard", stop: web.stop });
    }
    writeLocalFile(stack, siteUrl);
    const worker = await step(`Worker (${options.lanes.join(", ")})`, () =>
      startWorker({ ...options, checkout: CHECKOUT, stack, client, signal, say: screen.say }),
    );
    running.push({ name: "worker", stop: worker.stop });
    const firstWork = hasFirstWork(stack.state, options.web)
      ? await step("First work", () =>
          submitFirstWork({ ...stack, ...options, client, checkout: CHECKOUT, signal, say: screen.say }),
        )
      : [];
    await announce({ stack, siteUrl, client, screen, began, firstWork });
    if (!signal.aborted) await once(signal, "abort");
    screen.print("");
  } finally {
    await stopAll(running, screen);
  }
}

async function buildDashboard(
  stack: LocalStack,
  step: <T>(label: string, work: () => Promise<T>) => Promise<T>,
  signal: AbortSignal,
): Promise<void> {
  if (await isBuilt(CHECKOUT)) return;
  await step("Dashboard built (only once)", () =>
    buildWeb(CHECKOUT, path.join(stack.dataDir.logs, "web-build.log"), signal),
  );
}

function openSession(stack: LocalStack): Promise<PeopleClient> {
  return openLocalSession({
    ownerUrl: stack.urls.owner,
    restUrl: stack.restUrl,
    anonKey: stack.anonKey,
    sessionPath: path.join(stack.dataDir.root, "session.json"),
    userId: stack.admin.userId,
  });
}

/** What the command line reads to find this stack. */
function writeLocalFile(stack: LocalStack, siteUrl: string | null): void {
  const content = { rest_url: stack.restUrl, anon_key: stack.anonKey, web_url: siteUrl };
  writePrivateFile(path.join(stack.dataDir.root, "local.json"), `${JSON.stringify(content, null, 2)}\n`);
}

interface Announcement {
  stack: LocalStack;
  siteUrl: string | null;
  client: PeopleClient;
  screen: Screen;
  began: number;
  firstWork: string[];
}

async function announce({ stack, siteUrl, client, screen, began, firstWork }: Announcement): Promise<void> {
  const waiting = await listApprovals(client).catch(() => null);
  screen.print(
    summary(
      {
        seconds: (performance.now() - began) / 1000,
        siteUrl,
        email: stack.admin.email,
        password: stack.admin.password,
        dataDir: stack.dataDir.root,
        logs: stack.dataDir.logs,
        firstWork,
        waiting,
      },
      paintFor(process.stdout, process.env),
    ),
  );
  stack.passwordShown();
}

/** The worker first, so that it can hand back what it holds; the database last. One that fails does not keep the rest. */
async function stopAll(running: { name: string; stop(): Promise<void> }[], screen: Screen): Promise<void> {
  for (const one of running.toReversed()) {
    try {
      await screen.step(`Stopped the ${one.name}`, () => one.stop());
    } catch (error) {
      screen.say(`The ${one.name} did not stop in order: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
