import { Deferred, Pipeline, Rng, Transform, type TransformContext, toSize } from '@fastts/core';

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

const train: TransformContext = { split: 0, rng: new Rng(0) };
const valid: TransformContext = { split: 1, rng: new Rng(0) };

it('applies by order and decodes backwards', async () => {
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
      await new Promise((resolve) => setTimeout(resolve, 1));
      return value + 1;
    }
  }
  expect(await new Pipeline([new Later(0), new Double()]).apply([1, 2], ['n', 'n'], train)).toEqual([4, 6]);
});

it('acts on its kinds and in its split only', async () => {
  const add = new Add(1);
  add.kinds = ['image'];
  add.splitIdx = 0;
  const pipeline = new Pipeline([add]);
  expect(await pipeline.apply([1, 1], ['image', 'category'], train)).toEqual([2, 1]);
  expect(await pipeline.apply([1, 1], ['image', 'category'], valid)).toEqual([1, 1]);
  expect(pipeline.decode([2, 1], ['image', 'category'])).toEqual([1, 1]);
});

it('draws once for all values of a tuple', () => {
  class Shift extends Transform {
    private shift = 0;
    override beforeCall(_values: readonly unknown[], _kinds: readonly string[], { rng }: TransformContext) {
      this.shift = rng.int(1000);
    }
    encodes(value: number) {
      return value + this.shift;
    }
  }
  const [a, b] = new Pipeline([new Shift()]).applySync([0, 0], ['n', 'n'], train);
  expect(a).toBe(b);
});

it('sets each transform up with those before it', async () => {
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

it('reads sizes', () => {
  expect(toSize(3)).toEqual([3, 3]);
  expect(toSize([2, 5])).toEqual([2, 5]);
  expect(() => toSize([2.5, 1], { name: 'stride' })).toThrow(/^stride must be.*got \[2.5,1\]/);
  expect(() => toSize('128' as never)).toThrow(/got "128"/);
});

describe('a deferred value', () => {
  const computed: number[] = [];
  class Sum extends Deferred<number> {
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
    override takesDeferred = true;
    encodes(value: number | Sum) {
      return value instanceof Sum ? value.plus(1) : value + 1;
    }
  }
  beforeEach(() => void computed.splice(0));

  it('is added to by transforms that know it, and computed once, for the first that does not', () => {
    const pipeline = new Pipeline([new AddLater(), new AddLater(), new Double(), new AddLater()]);
    pipeline.add(Object.assign(new AddLater(), { order: 2 }));
    expect(pipeline.applySync([new Sum([3])], ['n'], train)).toEqual([(3 + 3) * 2 + 1]);
    expect(computed).toEqual([4]);
  });

  it('is computed in the end where no later step can take it', async () => {
    const pipeline = new Pipeline([new AddLater()]);
    expect(pipeline.applySync([new Sum([3]), 5], ['n', 'n'], train)).toEqual([4, 6]);
    const [late] = await pipeline.apply([new Sum([3])], ['n'], train);
    expect((late as Sum).compute()).toBe(4);
    expect(await new Pipeline([new AddLater(), new Double()]).apply([new Sum([3])], ['n'], train)).toEqual([
      8,
    ]);
  });
});
