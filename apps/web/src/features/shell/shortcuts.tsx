"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../../ui/icon.tsx";
import { PLACES } from "./places.ts";

const SETTING = "holdpoint.shortcuts";

/** Keys of the whole desk: g + place, j/k through rows, ? for this sheet. One switch turns all single keys off. */
export function Shortcuts() {
  const router = useRouter();
  const [on, setOn] = useState(true);
  const sheet = useRef<HTMLDivElement>(null);
  // When g was pressed. Times count from the page's load: 0 would make every early key the second of a pair.
  const going = useRef(-Infinity);

  useEffect(() => {
    setOn(localStorage.getItem(SETTING) !== "off");
  }, []);
  useEffect(() => {
    document.documentElement.dataset["shortcuts"] = on ? "on" : "off";
  }, [on]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!on || isTyping(event)) return;
      const place = event.timeStamp - going.current < 1_500 ? PLACES.find((one) => one.key === event.key) : undefined;
      going.current = event.key === "g" ? event.timeStamp : -Infinity;
      if (place) router.push(place.href);
      else if (event.key === "?") sheet.current?.togglePopover();
      else if (event.key === "j" || event.key === "k") moveRow(event.key === "j" ? 1 : -1);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [on, router]);

  const flip = () => {
    localStorage.setItem(SETTING, on ? "off" : "on");
    setOn(!on);
  };
  return (
    <div
      ref={sheet}
      id="shortcut-sheet"
      popover="auto"
      className="sheet"
      role="dialog"
      aria-labelledby="shortcut-title"
    >
      <div className="row">
        <h2 id="shortcut-title" className="grow">
          Shortcuts
        </h2>
        <button
          type="button"
          className="btn ghost small"
          popoverTarget="shortcut-sheet"
          popoverTargetAction="hide"
          aria-label="Close"
        >
          <Icon name="x" small />
        </button>
      </div>
      <dl className="keys">
        {PLACES.map((place) => (
          <Key key={place.key} keys={["g", place.key]} does={`Go to ${place.name}`} />
        ))}
        <Key keys={["j", "k"]} does="Next row, previous row; Enter opens it" />
        <Key keys={["a", "r"]} does="On a card: approve, reject (not in its first 0.4 s)" />
        <Key keys={["?"]} does="This sheet" />
        <Key keys={["Esc"]} does="Close what is open" />
      </dl>
      <label className="row">
        <input type="checkbox" checked={on} onChange={flip} />
        Single-key shortcuts are {on ? "on" : "off"} in this browser
      </label>
    </div>
  );
}

function Key({ keys, does }: { keys: readonly string[]; does: string }) {
  return (
    <div className="contents">
      <dt>
        {keys.map((key) => (
          <kbd key={key} className="kbd">
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  );
}

/** Whether the key belongs to a field, to the browser, or to something that is open. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return true;
  const target = event.target;
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Moves the focus to the next or previous row's link. */
function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")].filter(
    (row) => row.offsetParent !== null,
  );
  const here = rows.findIndex((row) => row === document.activeElement);
  const next =
    rows[here === -1 ? (step === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, here + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
