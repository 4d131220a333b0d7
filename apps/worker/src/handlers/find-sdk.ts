import { registerHooks } from "node:module";

let registered = false;

/**
 * Lets a handler in any folder import `@holdpoint/sdk`: where its own folder does not have it, it gets the worker's. For
 * the whole process, once.
 */
export function findSdkFromAnywhere(): void {
  if (registered) return;
  registered = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "@holdpoint/sdk" && !specifier.startsWith("@holdpoint/sdk/")) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
