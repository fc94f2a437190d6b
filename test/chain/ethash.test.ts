import { keccak_512 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../fixtures/blocks/ethash.json' with { type: 'json' };
import { fromHex, toHex } from '../../src/bytes.ts';
import { encodeBlock } from '../../src/chain/block.ts';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { buildBlock } from '../../src/chain/buildBlock.ts';
import { chainOfFork } from '../../src/chain/chainConfig.ts';
import { isSealed, makeCache } from '../../src/chain/ethash.ts';
import { genesisHeader } from '../../src/chain/genesis.ts';
import { headerFromRlp } from '../../src/chain/header.ts';
import { keccak512 } from '../../src/chain/keccak512.ts';
import { runPowTests } from '../../src/conformance/powTests.ts';
import { keccak256 } from '../../src/keccak.ts';
import { homestead } from '../../src/protocol/forks.ts';
import { decodeRlp } from '../../src/rlp.ts';

describe('Keccak-512', () => {
  it('is that of messages of up to 64 bytes', () => {
    const hash = keccak512();
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 32 - 1), { maxLength: 16 }), (words) => {
        const message = Uint32Array.from(words);
        const expected = keccak_512(new Uint8Array(message.buffer));
        expect(new Uint8Array(hash(message, words.length).slice().buffer)).toEqual(expected);
      }),
    );
  });
});

describe('Ethash', () => {
  it('agrees with the vectors of its authors', () => {
    const results = [...runPowTests('ethash.json', vectors)];
    expect(results.map(({ pass }) => pass)).toEqual([true, true]);
    const wrong = { ...vectors.first, result: vectors.second.result };
    expect([...runPowTests('ethash.json', { wrong })]).toMatchObject([{ pass: false }]);
  });

  it('makes caches of any size', () => {
    const { rows } = makeCache(new Uint8Array(32), 131_072, 131_072);
    const hash = toHex(keccak256(new Uint8Array(rows.buffer)));
    expect(hash).toBe('0x57e1ce45602dabf21a12c750872b2db8ee6437fff8ad0e1326e3af62653be7c4');
  });

  it('tells a seal from none', () => {
    const header = headerFromRlp(decodeRlp(fromHex(vectors.first.header)));
    // the vector's nonce was not mined: its hash begins with dd
    expect(isSealed(header)).toBe(false);
    expect(isSealed({ ...header, difficulty: 0n })).toBe(false);
    const easy = { ...header, difficulty: 1n };
    expect(isSealed(easy)).toBe(false);
  });

  it('is asked for where a chain is sealed', () => {
    const config = { ...chainOfFork(homestead), sealed: true };
    const header = genesisHeader(config, { gasLimit: 5_000_000n }, new Map());
    const chain = new Blockchain({ config, header, alloc: new Map() });
    const block = encodeBlock(buildBlock(chain, chain.genesis));
    expect(() => chain.addBlock(block)).toThrow(expect.objectContaining({ fault: 'proofOfWork' }));
  });
});
