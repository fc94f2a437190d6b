/** Logs in one array are those that were written down. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../../src/bytes.ts';
import type { Log } from '../../src/state/log.ts';
import { LogList } from '../../src/state/logList.ts';
import { writeWord } from '../../src/state/slots.ts';
import { word } from '../machine/words.ts';

const ADDRESS = '0x00000000000000000000000000000000000000aa';
const OTHER = '0x00000000000000000000000000000000000000bb';

const log = fc.record({
  address: fc.constantFrom<Address>(ADDRESS, OTHER),
  topics: fc.array(word, { maxLength: 4 }),
  data: fc.uint8Array({ maxLength: 400, size: 'max' }),
  from: fc.nat(9),
});
const step = fc.oneof(
  { weight: 4, arbitrary: log.map((added) => ({ does: 'addFromStack' as const, ...added })) },
  { weight: 2, arbitrary: log.map((added) => ({ does: 'add' as const, ...added })) },
  { weight: 1, arbitrary: fc.constantFrom({ does: 'pop' as const }, { does: 'take' as const }) },
);

/** Lays a log out as memory and a stack are, in one buffer. */
function addFromStack(list: LogList, { address, topics, data }: Log, from: number): void {
  const limbs = new Uint32Array(200);
  const bytes = new Uint8Array(limbs.buffer);
  bytes.set(data, from);
  const top = 150;
  for (const [i, topic] of topics.entries()) writeWord(limbs, top + 8 * (4 - i), topic);
  list.addFromStack(address, limbs, top + 8 * 4, topics.length, bytes, from, data.length);
}

test('also when some are taken back, or all of them away', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const list = new LogList();
      const taken: LogList[] = [];
      const expected: Log[][] = [[]];
      for (const one of steps) {
        const own = expected.at(-1)!;
        if (one.does === 'pop') {
          if (own.pop() !== undefined) list.pop();
        } else if (one.does === 'take') {
          taken.push(list.take());
          expected.push([]);
        } else {
          const { address, topics, data, from } = one;
          const added = { address, topics, data };
          if (one.does === 'add') list.add(added);
          else addFromStack(list, added, from);
          own.push(added);
          expect(list.last()).toEqual(added);
        }
        expect(list.length).toBe(expected.at(-1)!.length);
      }
      expect([...taken, list].map((logs) => logs.all())).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test('what is more than is kept goes with those who take it', () => {
  const list = new LogList();
  for (const fill of [1, 2]) {
    list.add({ address: ADDRESS, topics: [], data: new Uint8Array(70_000).fill(fill) });
    const taken = list.take();
    list.add({ address: ADDRESS, topics: [7n], data: new Uint8Array(70_000).fill(9) });
    expect(taken.last().data).toEqual(new Uint8Array(70_000).fill(fill));
    list.pop();
  }
});
