/** The answer of a card's form that only opens its details. */
export const OPEN = "open";

/** What the form says once they are open. */
export const OPENED = "opened";
