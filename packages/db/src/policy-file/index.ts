export * from "./read-policy-source.ts";
