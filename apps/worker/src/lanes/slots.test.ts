import { expect, test } from "vitest";
import { SlotPool } from "./slots.ts";

test("priority takes all but one in eight of the slots while it has work", () => {
  const slots = new SlotPool(16);
  const taken = { first: 0, others: 0 };
  for (let side = slots.next(true, true); side !== null; side = slots.next(true, true)) {
    slots.take(side);
    taken[side] += 1;
  }
  expect(taken).toEqual({ first: 14, others: 2 });
  slots.give("others");
  expect(slots.next(true, true)).toBe("others");
});

test("a small lane gives every eighth start to ordinary work", () => {
  const slots = new SlotPool(1);
  const order: string[] = [];
  for (let i = 0; i < 16; i++) {
    const side = slots.next(true, true);
    if (side === null) throw new Error("the slot was given back");
    order.push(side);
    slots.take(side);
    slots.give(side);
  }
  expect(order.filter((side) => side === "others")).toHaveLength(2);
  expect(order.slice(0, 7)).toEqual(Array(7).fill("first"));
});

test("without urgent work the others take every slot, and a full lane answers null", () => {
  const slots = new SlotPool(2);
  slots.take("others");
  expect(slots.next(false, true)).toBe("others");
  slots.take("others");
  expect(slots.next(true, true)).toBeNull();
  expect(slots.next(false, false)).toBeNull();
});
