"use client";
import type { SubmitEvent } from "react";
import { Icon } from "../../ui/icon.tsx";
import { setThemeAction } from "../session/actions.ts";

/** Light or dark: turns at once, and the server draws it so from then on. Works as a plain form. */
export function ThemeSwitch({ theme }: { theme: "light" | "dark" | null }) {
  return (
    <form action={setThemeAction} onSubmit={flip}>
      <input type="hidden" name="theme" defaultValue={theme === "dark" ? "light" : "dark"} />
      <button className="foot-line" type="submit">
        <Icon name="sun-moon" small />
        Light or dark
      </button>
    </form>
  );
}

function flip(event: SubmitEvent<HTMLFormElement>): void {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const next = (root.dataset["theme"] ?? system) === "dark" ? "light" : "dark";
  root.dataset["theme"] = next;
  const field = event.currentTarget.elements.namedItem("theme");
  if (field instanceof HTMLInputElement) field.value = next;
}
