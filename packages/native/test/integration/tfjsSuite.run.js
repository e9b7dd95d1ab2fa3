/**
 * Runs the published tests of tfjs-core on a backend: `node tfjsSuite.run.js [backend]`, by default `native`.
 *
 * Its last line is JSON: the instruction set, how many specs passed, and the names and messages of those that failed. Tests and backends
 * are bundled together, so that all share one copy of tfjs-core: the one that the tests import by relative path.
 */
const { mkdtempSync, readdirSync, rmSync } = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');
const jasmineCore = require('jasmine-core');

const backendName = process.argv[2] ?? 'native';
const packageRoot = path.join(__dirname, '../..');
const dist = path.join(path.dirname(require.resolve('@tensorflow/tfjs-core/package.json')), 'dist');

async function main() {
  jasmineCore.installGlobals();
  const { jasmine } = jasmineCore;
  // Only tests that hang time out.
  jasmine.DEFAULT_TIMEOUT_INTERVAL = 30 * 60 * 1000;
  const result = { passed: 0, pending: 0, failed: [] };
  const environment = jasmine.getEnv();
  environment.configure({ random: false, forbidDuplicateNames: false });
  environment.clearReporters();
  environment.addReporter({
    specDone({ status, fullName, failedExpectations }) {
      if (status === 'passed') result.passed++;
      else if (status === 'failed') {
        result.failed.push({
          name: fullName,
          message: failedExpectations.map((each) => each.message).join('\n'),
        });
      } else result.pending++;
    },
    suiteDone({ status, fullName, failedExpectations }) {
      if (status === 'failed')
        result.failed.push({ name: fullName, message: failedExpectations[0]?.message });
    },
  });

  // The sources expect the addon one level above them.
  const folder = mkdtempSync(path.join(packageRoot, 'build-suite-'));
  try {
    const bundle = path.join(folder, 'suite.js');
    await esbuild.build({
      stdin: { contents: entry(), resolveDir: packageRoot },
      outfile: bundle,
      bundle: true,
      platform: 'node',
      mainFields: ['module', 'main'],
      ignoreAnnotations: true,
      logLevel: 'error',
      plugins: [jasmineOfTfjs],
    });
    require(bundle);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // Tests of warnings and deprecations print them.
  console.log = console.warn = console.info = () => {};
  await environment.execute();
  process.stdout.write(`\n${JSON.stringify({ isa: globalThis.isa, ...result })}\n`);
}

function entry() {
  const tests = readdirSync(dist, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('_test.js'))
    .sort();
  const from = (file) => JSON.stringify(path.join(dist, file).replaceAll('\\', '/'));
  return [
    `import ${from('index.js')};`,
    `import ${from('public/chained_ops/register_all_chained_ops.js')};`,
    `import ${from('register_all_gradients.js')};`,
    `import '@tensorflow/tfjs-backend-cpu';`,
    `import { nativeInfo } from './src/index.ts';`,
    `globalThis.isa = nativeInfo().isa;`,
    `import { setTestEnvs } from ${from('jasmine_util.js')};`,
    `setTestEnvs([{ name: 'suite', backendName: '${backendName}', isDataSync: true }]);`,
    // Required after the statement above; imports would run before it.
    ...tests.map((file) => `require(${from(file)});`),
  ].join('\n');
}

/** tfjs imports jasmine only to set a timeout, in a way that new versions do not support. */
const jasmineOfTfjs = {
  name: 'jasmine-of-tfjs',
  setup(build) {
    build.onResolve({ filter: /^jasmine-core\// }, () => ({ path: 'jasmine-of-tfjs', namespace: 'stub' }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({
      contents: 'module.exports = { core: () => ({}) };',
    }));
  },
};

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
