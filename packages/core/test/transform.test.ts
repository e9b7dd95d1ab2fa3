import {
  ArgumentError,
  type DrawContext,
  type EncodeContext,
  Lazy,
  Pipeline,
  Rng,
  Transform,
  type TransformContext,
  toSize,
} from '@fastts/core';

class Add extends Transform {
  constructor(
    private readonly amount: number,
    override order = 0,
  ) {
    super();
  }
  encodes(value: number): number | Promise<number> {
    return value + this.amount;
  }
  override decodes(value: number): number {
    return value - this.amount;
  }
}

class Double extends Transform {
  override order = 1;
  encodes(value: number) {
    return value * 2;
  }
  override decodes(value: number) {
    return value / 2;
  }
}

const train: TransformContext = { split: 'train', rng: new Rng(0) };
const valid: TransformContext = { split: 'valid', rng: new Rng(0) };

it('applies transforms by order, and decodes in reverse', async () => {
  const pipeline = new Pipeline([new Double(), new Add(1)]);
  expect(await pipeline.apply([3], ['n'], train)).toEqual([8]);
  expect(pipeline.applySync([3], ['n'], train)).toEqual([8]);
  expect(pipeline.decode([8], ['n'])).toEqual([3]);
  expect(pipeline.add(new Add(10, 2)).applySync([3], ['n'], train)).toEqual([18]);
  expect(pipeline).toHaveLength(3);
});

it('awaits promises', async () => {
  class Later extends Add {
    override async encodes(value: number) {
      await new Promise(setImmediate);
      return value + 1;
    }
  }
  expect(await new Pipeline([new Later(0), new Double()]).apply([1, 2], ['n', 'n'], train)).toEqual([4, 6]);
});

it('acts only on its kinds, and only in its split', async () => {
  const add = new Add(1);
  add.kinds = ['image'];
  add.split = 'train';
  const pipeline = new Pipeline([add]);
  expect(await pipeline.apply([1, 1], ['image', 'category'], train)).toEqual([2, 1]);
  expect(await pipeline.apply([1, 1], ['image', 'category'], valid)).toEqual([1, 1]);
  expect(pipeline.decode([2, 1], ['image', 'category'])).toEqual([1, 1]);
});

describe('a random transform', () => {
  class Shift extends Transform<number> {
    override draw({ rng }: DrawContext): number | Promise<number> {
      return rng.int(1e6);
    }
    encodes(value: number, { draw: shift }: EncodeContext<number>): number | Promise<number> {
      return value + shift;
    }
  }
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

  it('draws once for all values of a tuple', () => {
    const [a, b] = new Pipeline([new Shift()]).applySync([0, 0], ['n', 'n'], train);
    expect(a).toBe(b);
    expect(new Pipeline([new Shift()]).applySync([0], ['n'], train)).not.toEqual([a]);
  });

  it.each(['encodes', 'draw'] as const)(
    'receives its own draw in concurrently loaded items, when %s awaits',
    async (awaits) => {
      class Later extends Shift {
        override async encodes(value: number, context: EncodeContext<number>) {
          for (let turn = 0; awaits === 'encodes' && turn < value; turn++) await nextTurn();
          return super.encodes(value, context);
        }
      }
      class DrawsLater extends Later {
        override async draw({ rng, values }: DrawContext) {
          for (let turn = 0; turn < Number(values[0]); turn++) await nextTurn();
          return rng.int(1e6);
        }
      }
      const pipeline = new Pipeline([awaits === 'draw' ? new DrawsLater() : new Later()]);
      const load = (seed: number) =>
        pipeline.apply([3 - seed, seed], ['n', 'n'], { split: 'train', rng: new Rng(seed) });
      const items = await Promise.all([1, 2, 3].map(load));
      const draws = [1, 2, 3].map((seed) => new Rng(seed).int(1e6));
      expect(items).toEqual(draws.map((draw, i) => [3 - (i + 1) + draw, i + 1 + draw]));
    },
  );

  it('receives the other values of the tuple', async () => {
    class Total extends Transform<number> {
      override kinds = ['total'];
      override draw({ values, kinds }: DrawContext) {
        return values.filter((_, i) => kinds[i] === 'n').length;
      }
      encodes(value: number, { draw: count, values, kind }: EncodeContext<number>) {
        return [value, count, values, kind];
      }
    }
    const [, , total] = await new Pipeline([new Total()]).apply([1, 2, 0], ['n', 'n', 'total'], train);
    expect(total).toEqual([0, 2, [1, 2, 0], 'total']);
  });

  it('cannot be asynchronous in a synchronous pipeline', () => {
    class Later extends Shift {
      override async encodes(value: number, context: EncodeContext<number>) {
        return super.encodes(value, context);
      }
    }
    class DrawsLater extends Transform<number> {
      override async draw() {
        return 1;
      }
      encodes(value: number) {
        return value;
      }
    }
    for (const transform of [new Later(), new DrawsLater()]) {
      const apply = () => new Pipeline([transform]).applySync([1], ['n'], train);
      expect(apply).toThrow(ArgumentError);
      expect(apply).toThrow(`${transform.constructor.name} returns a promise`);
    }
  });
});

it('sets up each transform on the output of those before it', async () => {
  const seen: number[][] = [];
  class Watch extends Add {
    override async setups(source: { values(): Iterable<unknown> }) {
      seen.push([...source.values()] as number[]);
    }
  }
  await new Pipeline([new Watch(1), new Watch(5)]).setup((before) => ({
    values: () => [1, 2].map((v) => before.applySync([v], ['n'], train)[0]),
  }));
  expect(seen).toEqual([
    [1, 2],
    [2, 3],
  ]);
});

it('accepts a number or a pair as size', () => {
  expect(toSize(3)).toEqual([3, 3]);
  expect(toSize([2, 5])).toEqual([2, 5]);
  expect(() => toSize([2.5, 1], { name: 'stride' })).toThrow(/^stride must be.*got \[2.5,1\]/);
  // @ts-expect-error: a size is a number or two
  expect(() => toSize('128')).toThrow(/got "128"/);
});

describe('a lazy value', () => {
  const computed: number[] = [];
  class Sum extends Lazy<number> {
    constructor(private readonly terms: readonly number[]) {
      super();
    }
    plus(term: number) {
      return new Sum([...this.terms, term]);
    }
    compute() {
      computed.push(this.terms.length);
      return this.terms.reduce((a, b) => a + b, 0);
    }
  }
  class AddLater extends Transform {
    override takesLazy = true;
    encodes(value: number | Sum) {
      return value instanceof Sum ? value.plus(1) : value + 1;
    }
  }
  beforeEach(() => void computed.splice(0));

  it('is extended by transforms that take lazy values, and computed once, for the first that does not', () => {
    const pipeline = new Pipeline([new AddLater(), new AddLater(), new Double(), new AddLater()]);
    pipeline.add(Object.assign(new AddLater(), { order: 2 }));
    expect(pipeline.applySync([new Sum([3])], ['n'], train)).toEqual([(3 + 3) * 2 + 1]);
    expect(computed).toEqual([4]);
  });

  it('is computed at the end if no later step can take it', async () => {
    const pipeline = new Pipeline([new AddLater()]);
    expect(pipeline.applySync([new Sum([3]), 5], ['n', 'n'], train)).toEqual([4, 6]);
    const [late] = await pipeline.apply([new Sum([3])], ['n'], train);
    expect((late as Sum).compute()).toBe(4);
    expect(await new Pipeline([new AddLater(), new Double()]).apply([new Sum([3])], ['n'], train)).toEqual([
      8,
    ]);
  });
});

describe('a promise that rejects has a handler', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  beforeAll(() => void process.on('unhandledRejection', note));
  afterAll(() => void process.off('unhandledRejection', note));
  const turns = () => new Promise((resolve) => setTimeout(resolve, 20));

  it('when another value of the item fails synchronously', async () => {
    class Fails extends Transform {
      encodes(value: string) {
        if (value === 'now') throw new Error('fails now');
        return turns().then(() => Promise.reject(new Error('fails later')));
      }
    }
    const pass = new Pipeline([new Fails()]).apply(['later', 'now'], ['n', 'n'], train);
    await expect(pass).rejects.toThrow('fails now');
    await turns();
    await turns();
    expect(unhandled).toEqual([]);
  });

  it('when a batch transform returns it, which is an error', async () => {
    class Rejects extends Transform {
      encodes() {
        return Promise.reject(new Error('fails'));
      }
    }
    const apply = () => new Pipeline([new Rejects()]).applySync([1, 2], ['n', 'n'], train);
    expect(apply).toThrow(/returns a promise, but a batch transform must return its value/);
    await turns();
    expect(unhandled).toEqual([]);
  });
});
