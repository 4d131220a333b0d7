import { test as base, expect, type Page } from "@playwright/test";
import type { TestOperator } from "@holdpoint/local/testing";
import { World } from "./world.ts";

/** `test` with the world: started once for all files, since one process runs them all. */
export const test = base.extend<{ signedIn: (operator: TestOperator) => Promise<Page> }, { world: World }>({
  world: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright asks for the pattern.
    async ({}, use) => {
      const world = await World.start();
      await use(world);
      await world.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: async ({ world }, use) => use(world.web.url),
  signedIn: async ({ page }, use) => {
    await use(async (operator) => {
      await signInOn(page, operator);
      return page;
    });
  },
});

/** Signs in through the form, as a person does. */
export async function signInOn(page: Page, operator: TestOperator, path = "/"): Promise<void> {
  await page.goto(`/login?next=${encodeURIComponent(path)}`);
  await page.getByLabel("E-mail").fill(operator.email);
  await page.getByLabel("Password").fill(operator.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname + url.search === path);
}

export { expect };
