/** Runs the property tests with many seeds: `npm run test:properties -- --help` lists the options. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

const usage = `npm run test:properties -- [options]

  --first N    the first seed (1; \`npm test\` takes 0)
  --count N    number of consecutive seeds (1000)
  --help

A test that fails has its seed in its name: --first <seed> --count 1 repeats it.`;

const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '1' },
    count: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(usage);
else {
  const helper = path.join(__dirname, '../src/property.ts');
  const tests = [
    '--selectProjects',
    'unit',
    '--testNamePattern',
    'by seed \\d+$',
    '--findRelatedTests',
    helper,
  ];
  const { status } = spawnSync(process.execPath, [require.resolve('jest/bin/jest'), ...tests], {
    stdio: 'inherit',
    env: { ...process.env, FASTTS_PROPERTY_SEEDS: `${values.first},${values.count}` },
  });
  process.exitCode = status ?? 1;
}
