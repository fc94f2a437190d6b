import { describe, expect, it } from 'vitest';
import { bigIntToBytes, concatBytes } from '../../src/bytes.ts';
import { addToBloom, bloomOf, mayContain, mergeBloom } from '../../src/chain/bloom.ts';
import { DEPOSIT_CONTRACT } from '../../src/chain/chainConfig.ts';
import { NO_REQUESTS_HASH } from '../../src/chain/header.ts';
import { depositsIn, requestList, requestsHash } from '../../src/chain/requests.ts';
import { minerReward, ommerReward } from '../../src/chain/reward.ts';
import { InvalidBlock } from '../../src/errors.ts';
import type { Log } from '../../src/machine/environment.ts';

const DEPOSIT_TOPIC = 0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5n;

/** ABI: five offsets, then each field behind its length, padded to whole words. */
function depositData(): Uint8Array {
  const word = (value: number) => bigIntToBytes(BigInt(value), 32);
  const field = (fill: number, length: number) => {
    const padded = new Uint8Array(Math.ceil(length / 32) * 32);
    padded.fill(fill, 0, length);
    return concatBytes(word(length), padded);
  };
  return concatBytes(
    ...[160, 256, 320, 384, 512].map(word),
    ...[field(1, 48), field(2, 32), field(3, 8), field(4, 96), field(5, 8)],
  );
}

const log = (data: Uint8Array, more: Partial<Log> = {}): Log => ({
  address: DEPOSIT_CONTRACT,
  topics: [DEPOSIT_TOPIC],
  data,
  ...more,
});

describe('deposits', () => {
  it('are taken from logs, in order', () => {
    const deposits = depositsIn([log(depositData()), log(depositData())], DEPOSIT_CONTRACT);
    expect(deposits.length).toBe(2 * 192);
    const fields = [48, 32, 8, 96, 8].flatMap((length, at) => new Array<number>(length).fill(at + 1));
    expect([...deposits]).toEqual([...fields, ...fields]);
  });

  it('are only those of the contract and of its event', () => {
    const other = `0x${'11'.repeat(20)}` as const;
    const logs = [
      log(depositData(), { address: other }),
      log(depositData(), { topics: [] }),
      log(new Uint8Array(3), { topics: [1n] }),
    ];
    expect(depositsIn(logs, DEPOSIT_CONTRACT).length).toBe(0);
    expect(depositsIn([log(depositData(), { address: other })], other).length).toBe(192);
  });

  it('must be laid out as the ABI says: every offset, every length, all bytes', () => {
    const attempt = (data: Uint8Array) => () => depositsIn([log(data)], DEPOSIT_CONTRACT);
    for (const size of [0, 575, 577]) expect(attempt(new Uint8Array(size))).toThrow(InvalidBlock);
    for (const at of [0, 32, 64, 96, 128, 160, 256, 320, 384, 512]) {
      for (const byte of [at, at + 31]) {
        const data = depositData();
        data[byte] ^= 1;
        expect(attempt(data)).toThrow(expect.objectContaining({ fault: 'depositLayout' }));
      }
    }
  });
});

describe('requests', () => {
  it('hash as SHA-256 of SHA-256, without the kinds that there are none of', () => {
    expect(requestList(0, new Uint8Array(0))).toEqual([]);
    expect(requestList(2, Uint8Array.of(7))).toEqual([Uint8Array.of(2, 7)]);
    expect(requestsHash([])).toBe(NO_REQUESTS_HASH);
    expect(requestsHash([Uint8Array.of(0, 1)])).not.toBe(requestsHash([Uint8Array.of(1, 0)]));
  });
});

describe('blooms', () => {
  it('hold what was added, and three bits of it', () => {
    const bloom = new Uint8Array(256);
    addToBloom(bloom, Uint8Array.of(1, 2, 3));
    const bits = [...bloom].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
    expect(bits).toBeGreaterThan(0);
    expect(bits).toBeLessThanOrEqual(3);
    expect(mayContain(bloom, Uint8Array.of(1, 2, 3))).toBe(true);
    expect(mayContain(bloom, Uint8Array.of(4))).toBe(false);
  });

  it('are made from addresses and topics, and add up', () => {
    const one = bloomOf([log(new Uint8Array(0))]);
    const other = bloomOf([log(new Uint8Array(0), { topics: [9n] })]);
    const both = bloomOf([log(new Uint8Array(0)), log(new Uint8Array(0), { topics: [9n] })]);
    mergeBloom(one, other);
    expect(one).toEqual(both);
    expect(mayContain(both, bigIntToBytes(9n, 32))).toBe(true);
  });
});

describe('rewards', () => {
  it('fall with the age of ommers', () => {
    expect(ommerReward(8n, 10n, 9n)).toBe(7n);
    expect(ommerReward(8n, 10n, 4n)).toBe(2n);
    expect(minerReward(32n, 2)).toBe(34n);
  });
});
