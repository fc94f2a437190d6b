/** The standard tracers over programs of our own: what each says, on state at hand and on state that is remote. */

import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.ts';
import { keccak256 } from '../../src/keccak.ts';
import { creationAddress } from '../../src/machine/host/create.ts';
import { byzantium, cancun, frontier, homestead, prague } from '../../src/protocol/forks.ts';
import { callTracer } from '../../src/trace/callTracer.ts';
import { erc7562Tracer } from '../../src/trace/erc7562Tracer.ts';
import type { EvmdisStep } from '../../src/trace/evmdisTracer.ts';
import { flatCallTracer } from '../../src/trace/flatCallTracer.ts';
import { goJson } from '../../src/trace/goJson.ts';
import { muxTracer } from '../../src/trace/muxTracer.ts';
import { prestateTracer } from '../../src/trace/prestateTracer.ts';
import { structLogger } from '../../src/trace/structLogger.ts';
import { TRACER_NAMES, tracerNamed } from '../../src/trace/tracers.ts';
import {
  type Accounts,
  account,
  BLOCK,
  BUSY,
  CALLER,
  CONTRACT,
  call,
  contractAt,
  GAS_LIMIT,
  OTHER,
  program,
  REVERTS,
  traced,
  wordOf,
  worldOf,
} from './tracedWorld.ts';

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;

describe('callTracer', () => {
  test('tells of frames, what they returned and why they failed, in go-ethereum’s order of keys', async () => {
    const frame = await traced(() => callTracer({ withLog: true }), worldOf(BUSY, REVERTS), { value: 9n });
    expect(Object.keys(frame)).toEqual([
      'from',
      'gas',
      'gasUsed',
      'to',
      'input',
      'output',
      'calls',
      'logs',
      'value',
      'type',
    ]);
    expect(frame).toMatchObject({
      from: CALLER,
      to: CONTRACT,
      gas: hex(GAS_LIMIT),
      value: '0x9',
      type: 'CALL',
    });
    expect(frame.calls).toHaveLength(2);
    const [reverted, identity] = frame.calls!;
    expect(reverted).toMatchObject({
      ...{ from: CONTRACT, to: OTHER, input: '0x11223344', value: '0x3', type: 'CALL' },
      ...{ error: 'execution reverted', revertReason: 'no' },
    });
    expect(reverted.output).toMatch(/^0x08c379a0/);
    expect(identity).toEqual({
      ...{ from: CONTRACT, gas: identity.gas, gasUsed: '0x12', to: `0x${'0'.repeat(39)}4` },
      ...{ input: '0x11223344', output: '0x11223344', type: 'STATICCALL' },
    });
    expect(frame.logs).toEqual([
      { address: CONTRACT, topics: [word(0xabn)], data: '0x11223344', index: '0x0', position: '0x2' },
    ]);
  });

  test('counts the gas of the whole transaction', async () => {
    const { gasUsed } = await traced(() => callTracer(), worldOf([1n, 'POP']));
    expect(BigInt(gasUsed)).toBe(21_000n + 5n);
  });

  test('shows only the top if told to, and no log of what failed', async () => {
    const logs = contractAt(OTHER, 0n, 0n, 'LOG0', 0n, 0n, 'REVERT');
    const world = worldOf([...call('CALL', OTHER), 0n, 0n, 'LOG0'], [logs]);
    const whole = await traced(() => callTracer({ withLog: true }), world);
    expect(whole.calls![0].logs).toBeUndefined();
    expect(whole.logs).toMatchObject([{ index: '0x0', position: '0x1' }]);
    const top = await traced(() => callTracer({ withLog: true, onlyTopCall: true }), world);
    expect(top.calls).toBeUndefined();
    expect(top.logs).toHaveLength(1);
  });

  test('shows calls that are not made, and why', async () => {
    const poor = await traced(() => callTracer(), worldOf([...call('CALL', OTHER, { value: 10n ** 30n })]));
    expect(poor.calls).toMatchObject([{ error: 'insufficient balance for transfer', gasUsed: '0x0' }]);
    const poorer = await traced(() => callTracer(), worldOf([0n, 0n, 10n ** 30n, 'CREATE']));
    expect(poorer.calls).toMatchObject([{ error: 'insufficient balance for transfer', type: 'CREATE' }]);
    expect(poorer.calls![0].to).toBeUndefined();
    const deep = await traced(() => callTracer(), worldOf(call('CALL', CONTRACT)), {
      fork: cancun,
      gasLimit: 2n ** 40n,
    });
    let innermost = deep;
    let depth = 0;
    for (; innermost.calls !== undefined; depth++) innermost = innermost.calls[0];
    expect([depth, innermost.error, innermost.gasUsed]).toEqual([1025, 'max call depth exceeded', '0x0']);
  });

  test('shows SELFDESTRUCT as a frame', async () => {
    const { calls } = await traced(() => callTracer(), worldOf([wordOf(OTHER), 'SELFDESTRUCT']));
    expect(calls).toEqual([
      {
        from: CONTRACT,
        gas: '0x0',
        gasUsed: '0x0',
        to: OTHER,
        input: '0x',
        value: hex(10n ** 18n),
        type: 'SELFDESTRUCT',
      },
    ]);
  });

  test('names the account that delegates, not the one whose code runs', async () => {
    const delegates: Accounts = [
      [OTHER, account({ code: fromHex(`0xef0100${CONTRACT.slice(2)}`) })],
      contractAt(`0xc0de0000000000000000000000000000000000a1`, ...call('CALL', OTHER)),
    ];
    const { calls } = await traced(() => callTracer(), worldOf([1n, 'POP'], delegates), {
      to: '0xc0de0000000000000000000000000000000000a1',
    });
    expect(calls).toMatchObject([{ to: OTHER }]);
  });

  test('gives the value of the frame to what DELEGATECALL runs, with code or without', async () => {
    const { calls } = await traced(
      () => callTracer(),
      worldOf([...call('DELEGATECALL', OTHER), ...call('DELEGATECALL', CALLER)], REVERTS),
      { value: 5n },
    );
    expect(calls!.map(({ value }) => value)).toEqual(['0x5', '0x5']);
  });

  test('keeps the code that a creation of Frontier’s could not pay for, and tells of later ones', async () => {
    const initcode = program(100n, 0n, 'RETURN');
    const early = await traced(() => callTracer(), worldOf([]), {
      ...{ fork: frontier, to: null, data: initcode, gasLimit: 22_000n },
    });
    expect(early).toMatchObject({ output: `0x${'00'.repeat(100)}`, to: creationAddress(CALLER, 0n) });
    expect(early.error).toBeUndefined();
    const late = await traced(() => callTracer(), worldOf([]), {
      ...{ fork: homestead, to: null, data: initcode, gasLimit: 54_000n },
    });
    expect(late.error).toBe('contract creation code storage out of gas');
    expect(late.to).toBeUndefined();
    const big = await traced(() => callTracer(), worldOf([]), {
      ...{ to: null, data: program(24_577n, 0n, 'RETURN'), gasLimit: 10_000_000n },
    });
    expect(big.error).toBe('max code size exceeded: code size 24577 limit 24576');
  });

  test('decodes panics and strings, and leaves alone what is neither', async () => {
    const reasonOf = async (output: string) => {
      const bytes = fromHex(output);
      const code = [
        BigInt(bytes.length),
        'PUSH0',
        'PUSH0',
        'CALLDATACOPY',
        BigInt(bytes.length),
        0n,
        'REVERT',
      ] as const;
      return (await traced(() => callTracer(), worldOf(code), { data: bytes })).revertReason;
    };
    expect(await reasonOf(`0x4e487b71${'11'.padStart(64, '0')}`)).toBe('arithmetic underflow or overflow');
    expect(await reasonOf(`0x4e487b71${'99'.padStart(64, '0')}`)).toBe('unknown panic code: 0x99');
    expect(await reasonOf('0x4e487b7111')).toBeUndefined();
    const text = (length: number, body: string) =>
      `0x08c379a0${'20'.padStart(64, '0')}${length.toString(16).padStart(64, '0')}${body}`;
    expect(await reasonOf(text(2, '6869'))).toBe('hi');
    expect(await reasonOf(text(3, '6869'))).toBeUndefined();
    expect(await reasonOf(text(4, '68ff69ff'))).toBe('h\ufffdi\ufffd');
    expect(await reasonOf('0xdb42144d')).toBeUndefined();
  });
});

test.each([
  [9n, 4n, 'invalid input length'],
  [8n, 4n, 'bad elliptic curve pairing size'],
  [6n, 64n, 'point is not on curve'],
  [11n, 4n, 'invalid input length'],
  [10n, 4n, 'invalid input length'],
])('precompile %i says why it fails', async (address, size, error) => {
  // memory that holds a one at its end
  const code = [
    1n,
    size - 32n < 0n ? 0n : size - 32n,
    'MSTORE',
    ...call('CALL', address, { input: [0n, size] }),
  ] as const;
  const { calls } = await traced(() => callTracer(), worldOf(code));
  expect(calls).toMatchObject([{ error }]);
  const [, flat] = await traced(
    () => flatCallTracer({ convertParityErrors: true, includePrecompiles: true }),
    worldOf(code),
  );
  expect(flat.error).toBe(error === 'invalid input length' ? 'Built-in failed' : error);
});

describe('flatCallTracer', () => {
  test('lists frames with their places, and without plain calls of precompiles', async () => {
    const context = { blockHash: `0x${'ab'.repeat(32)}`, blockNumber: 5n, transactionIndex: 2 } as const;
    const frames = await traced(() => flatCallTracer({}, context), worldOf(BUSY, REVERTS));
    expect(frames.map(({ traceAddress, subtraces }) => [traceAddress, subtraces])).toEqual([
      [[], 1],
      [[0], 0],
    ]);
    expect(Object.keys(frames[1])).toEqual([
      ...['action', 'blockHash', 'blockNumber', 'error', 'result', 'subtraces', 'traceAddress'],
      ...['transactionHash', 'transactionPosition', 'type'],
    ]);
    expect(frames[1]).toMatchObject({
      error: 'execution reverted',
      transactionPosition: 2,
      transactionHash: null,
    });
    const all = await traced(() => flatCallTracer({ includePrecompiles: true }), worldOf(BUSY, REVERTS));
    expect(all).toHaveLength(3);
    expect(all[2].action).toMatchObject({ callType: 'staticcall', value: '0x0' });
  });

  test('says errors in Parity’s words, and has no result of a halt', async () => {
    const world = worldOf([...call('CALL', OTHER)], [contractAt(OTHER, 'ADD')]);
    const [, halted] = await traced(() => flatCallTracer(), world);
    expect(halted.error).toBe('stack underflow (0 <=> 2)');
    expect(halted.result).toBeUndefined();
    const [, parity] = await traced(() => flatCallTracer({ convertParityErrors: true }), world);
    expect(parity.error).toBe('Stack underflow');
  });

  test('has creations and destructions in words of their own', async () => {
    const world = worldOf([0n, 0n, 0n, 'CREATE', 'POP', 0n, 'SELFDESTRUCT']);
    const [, creation, destruction] = await traced(() => flatCallTracer(), world, { fork: byzantium });
    expect(creation).toMatchObject({
      type: 'create',
      action: { creationMethod: 'create', init: '0x' },
      result: { address: creationAddress(CONTRACT, 1n), code: '0x' },
    });
    expect(destruction).toMatchObject({ type: 'suicide', action: { address: CONTRACT } });
    expect(destruction.result).toBeUndefined();
  });
});

describe('prestateTracer', () => {
  test('finds what a transaction needs, as it was before', async () => {
    const found = await traced(() => prestateTracer(), worldOf(BUSY, REVERTS));
    expect(Object.keys(found)).toEqual([CONTRACT, OTHER, CALLER].sort());
    expect(found[CALLER]).toEqual({ balance: hex(10n ** 20n) });
    expect(found[CONTRACT]).toMatchObject({
      ...{ balance: hex(10n ** 18n), nonce: 1, code: toHex(program(...BUSY)) },
      storage: { [word(7n)]: word(42n) },
    });
  });

  test('tells what changed, before and after', async () => {
    const { pre, post } = await traced(() => prestateTracer({ diffMode: true }), worldOf(BUSY, REVERTS));
    expect(post[CONTRACT]).toEqual({ storage: { [word(7n)]: word(43n) } });
    expect(pre[CONTRACT].storage).toEqual({ [word(7n)]: word(42n) });
    expect(post[CALLER]).toMatchObject({ nonce: 1 });
    expect(post[BLOCK.coinbase]).toMatchObject({ balance: hex(10n ** 20n - BigInt(post[CALLER].balance!)) });
    expect(pre[OTHER]).toBeUndefined();
  });

  test('leaves out code and storage, and keeps empty accounts, if told to', async () => {
    const world = worldOf([0xdeadn, 'BALANCE', 'POP', 7n, 'SLOAD']);
    const plain = await traced(() => prestateTracer({ disableCode: true, disableStorage: true }), world);
    expect(plain[CONTRACT]).toEqual({
      ...{
        balance: hex(10n ** 18n),
        nonce: 1,
        codeHash: toHex(keccak256(program(0xdeadn, 'BALANCE', 'POP', 7n, 'SLOAD'))),
      },
    });
    const dead = `0x${'0'.repeat(36)}dead` as const;
    expect(dead in plain).toBe(false);
    expect((await traced(() => prestateTracer({ includeEmpty: true }), world))[dead]).toEqual({
      balance: '0x0',
    });
    expect(() => prestateTracer({ diffMode: true, includeEmpty: true })).toThrow(RangeError);
  });

  test('leaves a contract that came and went in the state before alone', async () => {
    const init = program(0n, 'SELFDESTRUCT');
    const world = worldOf([]);
    const { post } = await traced(() => prestateTracer({ diffMode: true }), world, {
      fork: cancun,
      to: null,
      data: init,
    });
    expect(post[creationAddress(CALLER, 0n)]).toBeUndefined();
  });

  test('looks at delegates and at who would have been created', async () => {
    const world = worldOf(
      [0n, 0n, 10n ** 30n, 'CREATE'],
      [[OTHER, account({ code: fromHex(`0xef0100${CONTRACT.slice(2)}`) })]],
    );
    const found = await traced(() => prestateTracer({ includeEmpty: true }), world, {
      fork: prague,
      to: OTHER,
    });
    expect(CONTRACT in found).toBe(true);
    expect(found[creationAddress(OTHER, 0n)]).toEqual({ balance: '0x0' });
  });
});

describe('structLogger', () => {
  test('prints as debug_traceTransaction does', async () => {
    const trace = await traced(
      () => structLogger({ enableMemory: true }),
      worldOf([1n, 0n, 'MSTORE', 7n, 'SLOAD']),
    );
    expect(trace).toMatchObject({ gas: 21_000 + 2_115, failed: false, returnValue: '0x' });
    expect(trace.structLogs.map(({ op }) => op)).toEqual([
      'PUSH1',
      'PUSH1',
      'MSTORE',
      'PUSH1',
      'SLOAD',
      'STOP',
    ]);
    expect(JSON.stringify(trace.structLogs[4])).toBe(
      `{"pc":7,"op":"SLOAD","gas":978985,"gasCost":2100,"depth":1,"stack":["0x7"],"memory":["${word(1n)}"],` +
        `"storage":{"${word(7n)}":"${word(42n)}"}}`,
    );
    expect(trace.structLogs[0]).toEqual({
      pc: 0,
      op: 'PUSH1',
      gas: 979_000,
      gasCost: 3,
      depth: 1,
      stack: [],
    });
  });

  test('leaves out what it is told to, and stops at its limit', async () => {
    const world = worldOf(BUSY, REVERTS);
    const bare = await traced(() => structLogger({ disableStack: true, disableStorage: true }), world);
    for (const log of bare.structLogs) expect(log).not.toHaveProperty('stack');
    for (const log of bare.structLogs) expect(log).not.toHaveProperty('storage');
    const returned = await traced(() => structLogger({ enableReturnData: true }), world);
    expect(returned.structLogs.some(({ returnData }) => returnData?.startsWith('0x08c379a0'))).toBe(true);
    const short = await traced(() => structLogger({ limit: 200 }), world);
    expect(short.structLogs).toEqual(
      bare.structLogs
        .slice(0, short.structLogs.length)
        .map((log, i) => ({ ...log, stack: short.structLogs[i].stack })),
    );
    expect(short.structLogs.length).toBeLessThan(5);
  });

  test('says what stopped an instruction', async () => {
    const { structLogs, failed, returnValue } = await traced(() => structLogger(), worldOf(['ADD']));
    expect(structLogs).toMatchObject([{ op: 'ADD', error: 'stack underflow (0 <=> 2)' }]);
    expect({ failed, returnValue }).toEqual({ failed: true, returnValue: '0x' });
    expect(goJson(structLogs[0])).toContain('stack underflow (0 \\u003c=\\u003e 2)');
  });
});

describe('erc7562Tracer', () => {
  test('notes slots, opcodes, sizes and what was hashed', async () => {
    const frame = await traced(() => erc7562Tracer(), worldOf(BUSY, REVERTS));
    expect(frame.accessedSlots).toEqual({
      ...{ reads: { [word(7n)]: [word(42n)] }, writes: { [word(7n)]: 1 } },
      ...{ transientReads: {}, transientWrites: {} },
    });
    expect(frame.contractSize[OTHER]).toEqual({ contractSize: REVERTS[0][1].code.length, opcode: 0xf1 });
    expect(frame.keccak).toHaveLength(1);
    expect(frame.usedOpcodes['0x54']).toBe(1);
    expect(frame.usedOpcodes['0x1']).toBeUndefined();
    expect(frame.calls).toHaveLength(2);
  });

  test('notes a frame that ran out of gas, and code that was looked at for more than whether it is there', async () => {
    const world = worldOf(
      [
        ...call('CALL', OTHER, { gas: 100n }),
        wordOf(OTHER),
        'EXTCODESIZE',
        'ISZERO',
        wordOf(OTHER),
        'EXTCODEHASH',
        'POP',
      ],
      [contractAt(OTHER, 1n, 1n, 'SSTORE')],
    );
    const frame = await traced(() => erc7562Tracer(), world);
    expect(frame.calls![0].outOfGas).toBe(true);
    expect(frame.extCodeAccessInfo).toEqual([OTHER]);
  });
});

describe('by name', () => {
  test('every tracer has a result, and none changes what happens', async () => {
    const plain = await traced(() => tracerNamed('callTracer'), worldOf(BUSY, REVERTS));
    for (const name of TRACER_NAMES) {
      const both = await traced(
        () => muxTracer({ callTracer: callTracer(), other: tracerNamed(name) }),
        worldOf(BUSY, REVERTS),
      );
      expect(both.callTracer, name).toEqual(plain);
      expect(both.other, name).toBeDefined();
    }
  });

  test('the oldest, which tell from single steps', async () => {
    const trace = (name: string) =>
      traced(() => tracerNamed(name), worldOf(BUSY, REVERTS), { data: new Uint8Array(36).fill(1) });
    expect(await trace('noopTracerLegacy')).toEqual({});
    expect(await trace('4byteTracerLegacy')).toEqual({ '0x01010101-32': 1, '0x11223344-0': 1 });
    const steps = (await trace('evmdisTracer')) as readonly EvmdisStep[];
    expect(steps.slice(0, 3)).toEqual([
      { op: 0x63, depth: 1, result: ['11223344'], len: 5 },
      { op: 0x60, depth: 1, result: ['0'], len: 2 },
      { op: 0x52, depth: 1, result: [] },
    ]);
    const at = steps.findIndex(({ op }) => op === 0xf1);
    const called = steps[at];
    expect(called).toMatchObject({ to: BigInt(OTHER).toString(16), value: '3', error: null });
    expect(called.input).toEqual({ 0: 0x11, 1: 0x22, 2: 0x33, 3: 0x44 });
    expect(Object.keys(called.return!)).not.toEqual([]);
    // what runs first after a call is not told
    expect(steps[at + 1]).not.toMatchObject({ op: 0x50 });
    expect(steps.find(({ op }) => op === 'STATICCALL')).toMatchObject({ ops: [], return: null });
  });

  test('those that count', async () => {
    const trace = (name: string) => traced(() => tracerNamed(name), worldOf([1n, 'POP', 1n, 'POP']));
    expect(await trace('opcodeCounter')).toEqual({ POP: 2, PUSH1: 2, STOP: 1 });
    expect(await trace('opcountTracer')).toBe(5);
    expect(await trace('bigramTracer')).toEqual({ 'POP-PUSH1': 1, 'POP-STOP': 1, 'PUSH1-POP': 2 });
    expect(await trace('trigramTracer')).toEqual({
      '--POP': 1,
      '-POP-PUSH1': 1,
      'POP-PUSH1-POP': 1,
      'PUSH1-POP-STOP': 1,
    });
    expect(await trace('noopTracer')).toEqual({});
    const selectors = await traced(() => tracerNamed('4byteTracer'), worldOf(BUSY, REVERTS), {
      data: new Uint8Array(36).fill(1),
    });
    expect(selectors).toEqual({ '0x01010101-32': 1, '0x11223344-0': 1 });
    const hashes = await traced(() => tracerNamed('keccak256PreimageTracer'), worldOf(BUSY, REVERTS));
    expect(Object.entries(hashes as object)).toEqual([
      [toHex(keccak256(fromHex(word(0x11223344n)))), word(0x11223344n)],
    ]);
  });

  test('several at once', async () => {
    const config = { callTracer: { onlyTopCall: true }, '4byteTracer': null };
    const both = await traced(() => tracerNamed('muxTracer', config), worldOf(BUSY, REVERTS));
    expect(Object.keys(both as object)).toEqual(['4byteTracer', 'callTracer']);
  });

  test('what cannot be asked for', () => {
    expect(() => tracerNamed('noTracer')).toThrow('expected one of 4byteTracer, ');
    expect(() => tracerNamed('callTracer', { withLog: 1 })).toThrow('withLog: expected true or false, got 1');
    expect(() => tracerNamed('structLogger', { limit: -1 })).toThrow('limit');
    expect(() => tracerNamed('muxTracer', { callTracer: 3 })).toThrow('callTracer: expected an object');
    expect(() => tracerNamed('erc7562Tracer', { ignoredOpcodes: ['x'] })).toThrow('ignoredOpcodes');
    expect(() => tracerNamed('toString')).toThrow(RangeError);
  });
});

test('a profile’s gas adds up to what frames took', async () => {
  const profile = (await traced(() => tracerNamed('gasProfiler'), worldOf(BUSY, REVERTS))) as {
    readonly executionGas: number;
    readonly gasUsed: number;
    readonly opcodes: Record<string, { gas: number; count: number }>;
    readonly contracts: Record<string, { gas: number }>;
    readonly paths: { path: string[]; opcodes: Record<string, { gas: number }> }[];
  };
  const sum = (shares: object): number =>
    Object.values(shares as Record<string, { gas: number }>).reduce((total, { gas }) => total + gas, 0);
  expect(sum(profile.opcodes)).toBe(profile.executionGas);
  expect(sum(profile.contracts)).toBe(profile.executionGas);
  expect(profile.paths.reduce((total, { opcodes }) => total + sum(opcodes), 0)).toBe(profile.executionGas);
  expect(profile.executionGas).toBe(profile.gasUsed - 21_000);
  expect(profile.opcodes['LOG1']).toEqual({ count: 1, gas: 375 * 2 + 8 * 4 });
  expect(profile.paths.map(({ path }) => path.length)).toEqual([1, 2, 2]);
});
