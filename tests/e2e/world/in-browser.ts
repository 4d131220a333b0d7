/** What tests run inside the page, as text: this package's types know no DOM, and must not. */
export const IN_BROWSER = {
  /** Marks this document, so that a reload shows. */
  mark: "window.drawnOnce = true",
  isMarked: "window.drawnOnce === true",
  sidewaysScroll: "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  /** Collects `stream/seq` of every event that any tab of this browser was told. */
  listen: `window.heard = []; new BroadcastChannel("holdpoint-stream").addEventListener("message", ({ data }) => {
    if (data.kind === "feed") for (const event of data.events) window.heard.push(event.stream + "/" + event.seq);
  })`,
  heard: "window.heard",
  /** Presses a at the very moment the card is drawn. */
  pressAtOnce: `new MutationObserver(() => {
    if (window.pressed || !document.querySelector(".decide form")) return;
    window.pressed = true;
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
  }).observe(document, { childList: true, subtree: true })`,
  /** How the two answers look, as text to compare. */
  twins: `[...document.querySelectorAll(".decide .two button")].map((button) => {
    const { width, height } = button.getBoundingClientRect();
    const { fontWeight, boxShadow, backgroundColor, color } = getComputedStyle(button);
    return JSON.stringify({ width: Math.round(width), height, fontWeight, boxShadow, backgroundColor, color });
  })`,
  /** How far the last fact of the card lies under its edge, in px. */
  factsHidden: `document.querySelector(".card dl.facts").lastElementChild.getBoundingClientRect().bottom
    - document.querySelector(".card .body").getBoundingClientRect().bottom`,
} as const;
