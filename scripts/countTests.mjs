// Prints what failed and why, then "N passed, N failed[, N skipped]", from vitest's JSON reports. A file that could not be loaded counts as one failure.
import { readFileSync } from 'node:fs';
import path from 'node:path';

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
  for (const { name, status, message, assertionResults } of testResults) {
    const failedBefore = counts.failed;
    for (const test of assertionResults) {
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') fail(name, test.fullName, test.failureMessages.join('\n'));
      else counts.skipped++;
    }
    if (status === 'failed' && counts.failed === failedBefore) fail(name, 'could not be loaded', message);
  }
}

function fail(file, test, reason) {
  counts.failed++;
  console.log(`FAILED ${path.relative(process.cwd(), file)}: ${test}`);
  for (const line of reason.split('\n').slice(0, 6)) console.log(`    ${line.slice(0, 300)}`);
}

if (counts.passed === 0 && counts.failed === 0) counts.failed++;
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exit(counts.failed === 0 ? 0 : 1);
