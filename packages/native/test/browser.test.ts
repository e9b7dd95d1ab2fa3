import * as browser from '../src/browser.js';
import * as native from '../src/index.js';

describe('the entry point for browsers', () => {
  test('has the same exports as the real one, so that bundlers resolve them', () => {
    expect(Object.keys(browser).sort()).toEqual(Object.keys(native).sort());
  });

  test('reports why there is no engine', () => {
    expect(browser.nativeStatus()).toEqual({ available: false, reason: expect.stringContaining('browser') });
    expect(() => browser.nativeInfo()).toThrow('not available');
    expect(() => browser.setNumThreads(1)).toThrow('not available');
  });
});
