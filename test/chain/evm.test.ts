/** What the library does with the arguments of its callers. */

import { expect, test } from 'vitest';
import { createEvm, forkNamed, InvalidTransaction, memoryState, runSync } from '../../src/index.ts';
import { account, CALLER, CONTRACT, program } from '../machine/program.ts';

const evm = createEvm({ fork: forkNamed('Osaka') });
const code = program('CALLER', 0n, 'MSTORE', 32n, 0n, 'RETURN');
const state = memoryState(
  new Map([
    [CALLER, account({ nonce: 2n ** 64n - 1n })],
    [CONTRACT, account({ code })],
  ]),
);

test('addresses may be written in capitals, and nothing else is taken for one', () => {
  const upper = (address: string) => `0x${address.slice(2).toUpperCase()}` as `0x${string}`;
  const message = { caller: upper(CALLER), to: upper(CONTRACT), gas: 100_000n };
  const { output } = runSync(evm.call(message), state);
  expect(output).toEqual(runSync(evm.call({ caller: CALLER, to: CONTRACT, gas: 100_000n }), state).output);
  expect(() => runSync(evm.call({ ...message, to: '0x12' }), state)).toThrow(
    'address: expected 20 bytes, got 1',
  );
  for (const name of ['caller', 'to', 'origin'] as const) {
    runSync(evm.call({ caller: CALLER, to: CONTRACT, gas: 100_000n }), state);
    const nobody = { caller: CALLER, to: CONTRACT, gas: 100_000n, [name]: 7 };
    expect(() => runSync(evm.call(nobody), state)).toThrow(TypeError);
  }
});

test('a run leaves nothing to the next, nor to those who have its result', () => {
  const load = program(7n, 'SLOAD', 'CALLER', 'BALANCE', 'ADD', 0n, 'MSTORE', 32n, 0n, 'RETURN');
  const store = program(1n, 7n, 'SSTORE', 0n, 0n, 'LOG0', 0n, 0n, 'RETURN');
  const many = program(
    ...Array.from(
      { length: 300 },
      (_, i) => [BigInt(i), BigInt(i * i), 'SSTORE', 7n, 7n, 'TSTORE'] as const,
    ).flat(),
  );
  const create = program(0n, 0n, 0n, 'CREATE', 'POP', 1n, 7n, 'SSTORE', 'CALLER', 'SELFDESTRUCT');
  const codes = [
    load,
    program(0n, 0n, 'LOG0'),
    store,
    many,
    load,
    create,
    program(0n, 0n, 'REVERT'),
    store,
    load,
  ];
  const worlds = codes.map((own, i) =>
    memoryState(
      new Map([
        [CALLER, account({ balance: BigInt(1000 * i) })],
        [CONTRACT, account({ code: own, balance: 5n, storage: new Map([[7n, BigInt(i)]]) })],
      ]),
    ),
  );
  const message = { caller: CALLER, to: CONTRACT, gas: 10_000_000n };
  const results = worlds.map((world) => runSync(evm.call(message), world));
  const alone = worlds.map((world) => runSync(createEvm({ fork: forkNamed('Osaka') }).call(message), world));
  (results[0].diff as Map<unknown, unknown>).set(CALLER, 'mine');
  (results[0].logs as unknown[]).push('mine');
  expect(results.slice(1)).toEqual(alone.slice(1));
  expect(results[8].output.at(-1)).toBe((8000 + 8) & 255);
  expect(results.map(({ logs, diff }) => [logs.length, diff.get(CONTRACT)?.storage.size])).toEqual([
    [1, undefined],
    [1, undefined],
    [1, 1],
    [0, 299],
    [0, undefined],
    [0, 1],
    [0, undefined],
    [1, 1],
    [0, undefined],
  ]);
});

test('what the identity returns is not what it was called with', () => {
  const data = Buffer.from([1, 2, 3]);
  const identity = '0x0000000000000000000000000000000000000004';
  const { output } = runSync(evm.call({ caller: CALLER, to: identity, gas: 100_000n, data }), state);
  data[0] = 9;
  expect(output).toEqual(Uint8Array.of(1, 2, 3));
});

test('a caller out of nonces cannot create', () => {
  const creation = { caller: CALLER, to: null, gas: 100_000n };
  expect(() => runSync(evm.call(creation), state)).toThrow(RangeError);
});

test('no block has room for gas beyond 63 bits', () => {
  const tx = {
    type: 0,
    chainId: 1n,
    nonce: 0n,
    gasPrice: 0n,
    gasLimit: 2n ** 64n - 1n,
    to: CONTRACT,
    value: 0n,
    data: new Uint8Array(0),
  } as const;
  const london = createEvm({ fork: forkNamed('Berlin') });
  const task = london.transact(tx, { gasLimit: 2n ** 64n }, { sender: CONTRACT });
  expect(() => runSync(task, memoryState(new Map()))).toThrow(InvalidTransaction);
});

test('the names of objects are no forks', () => {
  expect(() => forkNamed('constructor')).toThrow(RangeError);
});
