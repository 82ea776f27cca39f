// Prints "N passed, N failed[, N skipped]" from vitest's JSON reports. A file that could not be loaded counts as one failure.
import { readFileSync } from 'node:fs';

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) count(file);

function count(file) {
  let testResults;
  try {
    ({ testResults } = JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    console.error(`no test report: ${error.message}`);
    counts.failed++;
    return;
  }
  for (const { status, assertionResults } of testResults) {
    const failedBefore = counts.failed;
    for (const test of assertionResults) {
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') counts.failed++;
      else counts.skipped++;
    }
    if (status === 'failed' && counts.failed === failedBefore) counts.failed++;
  }
}
if (counts.passed === 0 && counts.failed === 0) counts.failed++;
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exit(counts.failed === 0 ? 0 : 1);
