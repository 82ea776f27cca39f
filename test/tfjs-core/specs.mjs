// Runs the specs that @tensorflow/tfjs-core publishes on the backend that the bundler puts before this file, in a process of
// their own: they reset the library's engine, which is global. The last line of output is JSON: { passed, failed: [{ name, message }] }.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import './environment.mjs';
import '@tensorflow/tfjs-core/dist/tests.js';

const filter = process.env.TFJS_FILTER;
const report = { passed: 0, failed: [] };
const env = jasmine.getEnv();
env.configure({ random: false, specFilter: (spec) => !filter || spec.getFullName().includes(filter) });
env.addReporter({
  specDone({ status, fullName, failedExpectations }) {
    if (status === 'passed') report.passed++;
    if (status === 'failed')
      report.failed.push({ name: fullName, message: failedExpectations[0]?.message ?? 'no message' });
  },
  jasmineDone() {
    process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
  },
});
env.execute();
