import { execFileSync } from 'node:child_process';
import { shellQuoted } from '../src/cli/shellQuoted.js';

test.each([
  'out/model.safetensors',
  'my pictures/model',
  "it's",
  'a"b',
  '$HOME/`ls`/!x',
  'caf\u00e9 & co;*?',
  'back\\slash',
])('a shell takes the path %s as it is', (path) => {
  expect(execFileSync('sh', ['-c', `printf %s ${shellQuoted(path, 'linux')}`], { encoding: 'utf8' })).toBe(
    path,
  );
});

test('a path is not taken for an option, and needs no quotes without special characters', () => {
  expect(shellQuoted('-rf', 'linux')).toBe('./-rf');
  expect(shellQuoted('out/model-1.safetensors', 'linux')).toBe('out/model-1.safetensors');
  expect(shellQuoted('C:\\out\\my model', 'win32')).toBe('"C:\\out\\my model"');
  expect(shellQuoted('C:\\out\\model', 'win32')).toBe('C:\\out\\model');
});
