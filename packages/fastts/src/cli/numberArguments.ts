import { InvalidArgumentError } from 'commander';

/** Returns a parser of integers ≥ `min`. */
export function integer(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`It must be an integer ≥ ${min}.`);
  };
}

/** Returns a parser of numbers from `min` to `max`. */
export function within(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}
