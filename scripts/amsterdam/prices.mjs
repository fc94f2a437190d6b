/** The numbers of Amsterdam's EIPs, copied from their texts and from nowhere else. */

// EIP-8037
export const CPSB = 1530n;
export const NEW_ACCOUNT = 120n * CPSB;
export const NEW_SLOT = 64n * CPSB;
export const DESIGNATOR = 23n * CPSB;
/** EIP-7825: the most regular gas of a transaction. What is beyond it is in the reservoir. */
export const MOST = 16_777_216n;
/** of a word of deployed code, for its hash */
export const HASH_WORD = 6n;

// EIP-8038
export const COLD_ACCOUNT = 3000n;
export const COLD_SLOT = 2100n;
export const WARM = 100n;
export const ACCOUNT_WRITE = 9000n;
export const STORAGE_WRITE = 10_000n;
export const CREATE_ACCESS = 12_000n;
export const CLEAR_REFUND = 11_616n;
export const CALL_VALUE = ACCOUNT_WRITE + 2300n;
export const LISTED_ADDRESS = 2900n;
export const LISTED_SLOT = 2000n;

// EIP-2780
export const TX = 12_000n;
export const TO = COLD_ACCOUNT;
export const VALUE = 6000n;
export const AUTHORIZATION = 7816n;

// EIP-7976 and EIP-7981
export const FLOOR_BYTE = 64n;

// As ever
export const VERY_LOW = 3n;
export const BASE = 2n;
export const INITCODE_WORD = 2n;
export const SELFDESTRUCT = 5000n;
export const LOG = 375n;
export const LOG_TOPIC = 375n;
export const LOG_BYTE = 8n;

/** Of memory that has so many words. */
export const memory = (words) => 3n * words + (words * words) / 512n;

/** Of data, before any floor: 4 for a zero byte, 16 for another. */
export const dataGas = (bytes) => bytes.reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n);
