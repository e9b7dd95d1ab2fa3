/** A point that was evaluated, and the value there. */
export interface Tried {
  x: number;
  value: number;
}

const GOLDEN = (3 - Math.sqrt(5)) / 2;
const ROUNDING = Math.sqrt(Number.EPSILON);
const MAX_STEPS = 500;

/**
 * Finds a minimum of a function between two bounds: by parabolas through the three best points or, where these do not help,
 * by golden sections. The minimum may be a local one.
 *
 * Source: Brent 1973, ch. 5; SciPy `minimize_scalar` with `method='bounded'`.
 *
 * @param tolerance Absolute tolerance of the minimum's position.
 */
export async function brentMinimum(
  func: (x: number) => Promise<number>,
  [low, high]: readonly [number, number],
  tolerance: number,
): Promise<Tried> {
  const attempt = async (x: number): Promise<Tried> => ({ x, value: await func(x) });
  let [from, to] = [low, high];
  let best = await attempt(from + GOLDEN * (to - from));
  let [second, third] = [best, best];
  let [step, earlier] = [0, 0];
  for (let tries = 1; tries < MAX_STEPS; tries++) {
    const middle = (from + to) / 2;
    const least = ROUNDING * Math.abs(best.x) + tolerance / 3;
    if (Math.abs(best.x - middle) <= 2 * least - (to - from) / 2) break;
    const wanted = Math.abs(earlier) > least ? parabolaStep(best, second, third) : Number.NaN;
    if (Math.abs(wanted) < Math.abs(earlier / 2) && wanted > from - best.x && wanted < to - best.x) {
      const isNearEnd = best.x + wanted - from < 2 * least || to - best.x - wanted < 2 * least;
      [step, earlier] = [isNearEnd ? least * sign(middle - best.x) : wanted, step];
    } else {
      earlier = best.x >= middle ? from - best.x : to - best.x;
      step = GOLDEN * earlier;
    }
    const next = await attempt(best.x + sign(step) * Math.max(Math.abs(step), least));
    if (next.value <= best.value) {
      if (next.x >= best.x) from = best.x;
      else to = best.x;
      [best, second, third] = [next, best, second];
    } else {
      if (next.x < best.x) from = next.x;
      else to = next.x;
      if (next.value <= second.value || second.x === best.x) [second, third] = [next, second];
      else if (next.value <= third.value || third.x === best.x || third.x === second.x) third = next;
    }
  }
  return best;
}

/** The step from the best point to the minimum of the parabola through three; NaN where they are on a line. */
function parabolaStep(best: Tried, second: Tried, third: Tried): number {
  const r = (best.x - second.x) * (best.value - third.value);
  const q = (best.x - third.x) * (best.value - second.value);
  return ((best.x - second.x) * r - (best.x - third.x) * q) / (2 * (q - r));
}

function sign(x: number): 1 | -1 {
  return x < 0 ? -1 : 1;
}
