// A jest reporter: makes `N passed, N failed` the last line of a run, for readers that look no further.
// A test file that could not run at all counts as one failure.
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // jest prints its own summary after the custom reporters, so the line waits for the end of the process.
    process.once('exit', () => {
      process.stdout.write(`${results.numPassedTests} passed, ${failed} failed\n`);
    });
  }
};
