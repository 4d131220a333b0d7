// Loaded before the worker (`--import`): its wall clock is wrong by an hour, and jumps by another one later.
const real = Date.now.bind(Date);
const started = real();
const RealDate = Date;
const wrong = () => real() - 3_600_000 - (real() - started > 4_000 ? 3_600_000 : 0);
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(wrong());
    else super(...args);
  }
  static now() {
    return wrong();
  }
};
