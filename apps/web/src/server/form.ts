import "server-only";

/** A text field of a form; empty when it is missing or a file. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** A path of this site to go on to, never another site's. */
export function safePath(path: string): string {
  return /^\/(?![/\\])[\w\-./?=&%,:]*$/.test(path) ? path : "/";
}
