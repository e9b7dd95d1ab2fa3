import { type EngineName, setQuiet, useEngine } from '@fastts/core';
import { nativeStatus } from '@fastts/native';

/** The engines available here: tfjs's CPU engine, and the native one if it was built. */
export const testedEngines: EngineName[] = nativeStatus().available ? ['native', 'cpu'] : ['cpu'];

/** Runs the same tests on every available engine that can train, and on those in `also`. */
export function eachEngine(define: () => void, { also = [] }: { also?: readonly EngineName[] } = {}): void {
  describe.each([...testedEngines, ...also])('on %s', (engine) => {
    beforeAll(async () => {
      setQuiet(true);
      await useEngine(engine);
    });
    define();
  });
}
