/** State tests to vary. */

/** The address of the key that most official fixtures use. */
export const SENDER = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';
/** Whom the samples call. */
export const TO = '0x1000000000000000000000000000000000000000';
/** Who makes the samples' blocks. */
export const COINBASE = '0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba';

const HASH = `0x${'11'.repeat(32)}`;

const entry = (data: number, gas: number, value: number) => ({
  hash: HASH,
  logs: HASH,
  indexes: { data, gas, value },
});

/** A test as the oldest suites have it: forks by alternatives of data, gas and value. */
export function oldTest() {
  return {
    _info: { comment: '' },
    env: {
      currentCoinbase: COINBASE,
      currentDifficulty: '0x020000',
      currentGasLimit: '0x05f5e100',
      currentNumber: '0x01',
      currentTimestamp: '0x03e8',
      previousHash: HASH,
    },
    pre: { [SENDER]: { balance: '0x0de0b6b3a7640000', code: '0x', nonce: '0x00', storage: {} } },
    transaction: {
      data: ['0x0', '0x0102'],
      gasLimit: ['0x0186a0', '0x030d40'],
      gasPrice: '0x10',
      nonce: '0x00',
      secretKey: '0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8',
      sender: SENDER,
      to: TO,
      value: ['0x1', '0x:bigint 0x2'],
    },
    post: { ConstantinopleFix: [entry(0, 0, 0), entry(1, 1, 1)], London: [entry(0, 0, 0)] },
  };
}

/** An old test with other fields in its transaction; undefined takes one away. */
export function withTransaction(fields: object) {
  const test = oldTest();
  return JSON.parse(JSON.stringify({ ...test, transaction: { ...test.transaction, ...fields } }));
}
