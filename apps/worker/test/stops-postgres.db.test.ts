import { describeStops } from "./stops.suite.ts";

describeStops("postgres");
