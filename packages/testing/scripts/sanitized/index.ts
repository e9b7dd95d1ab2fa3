/** Runs tests with the C++ engine built with sanitizers: `npm run test:sanitized -- --help` lists the options. */
import { parseArgs } from 'node:util';
import { SanitizedBuild, UNAVAILABLE, Unavailable } from './sanitizedBuild.js';
import { testsOf } from './tests.js';

const usage = `npm run test:sanitized -- [options]

  --sanitize NAMES  "address,undefined" or "thread" (default: both, one after the other)
  --short           the C++ tests, native's unit tests and training, on the best instruction set
  --help

It ends with status ${UNAVAILABLE}, and says why, if the compiler or the system has no sanitizers.`;

const { values } = parseArgs({
  options: {
    sanitize: { type: 'string', multiple: true, default: ['address,undefined', 'thread'] },
    short: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(usage);
else {
  try {
    for (const names of values.sanitize) {
      const build = new SanitizedBuild(names.split(','));
      for (const { name, check } of testsOf(build, values.short)) {
        console.log(`${names}: ${name}`);
        check();
      }
    }
    console.log('No sanitizer reported anything but the faults made on purpose.');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof Unavailable ? UNAVAILABLE : 1;
  }
}
