import { type EngineName, setQuiet, useEngine } from '@fastts/core';
import { nativeStatus } from '@fastts/native';

/** The engines that can run here: tfjs's own, and ours where it could be built. */
export const testedEngines: EngineName[] = nativeStatus().available ? ['native', 'cpu'] : ['cpu'];

/** Runs the same tests on every engine. */
export function eachEngine(define: () => void): void {
  describe.each(testedEngines)('on %s', (engine) => {
    beforeAll(async () => {
      setQuiet(true);
      await useEngine(engine);
    });
    define();
  });
}
