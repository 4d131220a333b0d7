import { describeStops } from "./stops.suite.ts";

describeStops("redis");
