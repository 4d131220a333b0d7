"use client";
import { useId } from "react";
import type { FormState } from "./form-state.ts";

/** The field `key`: a name to type, with those that exist offered; given back when the form is refused. */
export function KeyField({
  state,
  label,
  names,
  placeholder,
}: {
  state: FormState;
  label: string;
  names: readonly string[];
  placeholder?: string;
}) {
  const list = useId();
  return (
    <label className="field">
      <span>{label}</span>
      <input
        className="input"
        name="key"
        list={list}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={state.values?.["key"]}
        placeholder={placeholder}
      />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}
