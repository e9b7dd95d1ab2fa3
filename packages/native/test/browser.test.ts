import * as browser from '../src/browser.js';
import * as native from '../src/index.js';

describe('the entry for browsers', () => {
  test('has the names of the real one, so that bundles resolve', () => {
    expect(Object.keys(browser).sort()).toEqual(Object.keys(native).sort());
  });

  test('says why there is no engine', () => {
    expect(browser.nativeStatus()).toEqual({ available: false, reason: expect.stringContaining('browser') });
    expect(() => browser.nativeInfo()).toThrow('not available');
    expect(() => browser.setNumThreads(1)).toThrow('not available');
  });
});
