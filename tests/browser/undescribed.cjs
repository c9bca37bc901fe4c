// Loaded by Playwright's driver before its own code. Whenever a waiting `expect` looks and does not find yet what it
// waits for, the driver describes the page as screen readers hear it, for the message of a failure that seldom comes:
// of the tab Benchmark that takes longer than all that the page does meanwhile.
const Module = require("node:module");

const DESCRIBES = "ariaSnapshotForExpectFailure(element, options) {";
const { _compile: compile } = Module.prototype;

Module.prototype._compile = function (text, ...rest) {
  return compile.call(this, text.replace(DESCRIBES, `${DESCRIBES} return "";`), ...rest);
};
