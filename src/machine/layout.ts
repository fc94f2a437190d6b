/**
 * Where things are in the arena, the one WebAssembly memory of a machine. `docs/memory.md` explains it; this file is
 * what the code reads. Addresses and sizes in bytes.
 */

/** Bytes of a word: four little-endian 64-bit limbs, least significant first. */
export const WORD = 32;

/** Most words on the stack of a frame. */
export const STACK_LIMIT = 1024;

/** Words of the transaction and the block, each one word from its address. */
export const CONTEXT = {
  origin: 0x100,
  gasPrice: 0x120,
  coinbase: 0x140,
  timestamp: 0x160,
  number: 0x180,
  prevRandao: 0x1a0,
  gasLimit: 0x1c0,
  chainId: 0x1e0,
  baseFee: 0x200,
  blobBaseFee: 0x220,
  slotNumber: 0x240,
} as const;

/** i32: how many blob hashes the transaction has. */
export const BLOB_COUNT = 0x280;
/** i64: steps that the counted engine may still take. */
export const STEPS_LEFT = 0x288;
/** i64: no memory of a frame may end above this address. */
export const CEILING = 0x290;
/** i32: the next free byte of the step recording, and the first byte behind its buffer. */
export const RECORD_NEXT = 0x298;
export const RECORD_END = 0x29c;
/** i32: how many bytes of return data are at `RETURN_DATA`: all of them or none. */
export const RETURN_DATA_HERE = 0x2a0;
/** i64: what was remembered of slots in another epoch no longer holds. */
export const SLOT_EPOCH = 0x2a8;

/** i64 each: the numbers of a rule set that engines read, so that one engine serves every fork. */
export const PARAM = {
  memoryWordGas: 0x340,
  copyWordGas: 0x348,
  keccakWordGas: 0x350,
  logByteGas: 0x358,
  expByteGas: 0x360,
  initcodeWordGas: 0x368,
  maxInitcodeSize: 0x370,
  callReserveDivisor: 0x378,
  warmSlotGas: 0x380,
} as const;

/** i64 each: the static gas of all 256 opcodes. */
export const STATIC_GAS = 0x800;
/** The static gas of a byte that is no opcode of the fork: more than any engine is ever given. */
export const UNPRICED = 2n ** 62n;

/** One word and a half of scratch for reading past the end of call data; then a word for digests. */
export const SCRATCH_WORD = 0x2c0;
export const SCRATCH_DIGEST = 0x300;

/** Scratch of the arithmetic routines and of keccak. */
export const SCRATCH_ARITHMETIC = 0x1000;
export const SCRATCH_KECCAK = 0x2000;

/** The transaction's blob hashes, a word each. */
export const BLOB_HASHES = 0x4000;
export const BLOB_HASHES_MAX = 1024;

/** Steps recorded by the recording engine, before they are handed over. */
export const RECORD_BUFFER = BLOB_HASHES + BLOB_HASHES_MAX * WORD;
export const RECORD_BUFFER_SIZE = 0x10000;

/** Digests of one or two words that were hashed lately, 128 bytes each; a power of two of them. */
export const DIGEST_CACHE = RECORD_BUFFER + RECORD_BUFFER_SIZE;
export const DIGEST_CACHE_LINES = 2048;

/** Slots that were read or written lately, 128 bytes each; a power of two of them. */
export const SLOT_CACHE = DIGEST_CACHE + 128 * DIGEST_CACHE_LINES;
export const SLOT_CACHE_LINES = 1024;

/** What the last call returned, once it was asked for, where there is room for it. */
export const RETURN_DATA = SLOT_CACHE + 128 * SLOT_CACHE_LINES;
export const RETURN_DATA_SIZE = 0x10000;

/** Deployed code with its jump-destination map, kept from run to run. */
export const CODE_HEAP = RETURN_DATA + RETURN_DATA_SIZE;
export const CODE_HEAP_SIZE = 0x400000;

/** Frames, one above the other. */
export const FRAMES = CODE_HEAP + CODE_HEAP_SIZE;

/** Zero bytes behind code: a truncated PUSH32 reads 32 of them, and the one after stops the frame. */
export const CODE_PADDING = 64;

/** Registers of a frame, as offsets from its address. */
export const FRAME = {
  /** i32: address of the instruction */
  pc: 0,
  /** i32: address of the first free slot of the stack */
  sp: 4,
  /** i64 */
  gas: 8,
  /** i64: gas of the frame that is held back until the next time slice */
  gasReserve: 16,
  /** i32: address of the frame's memory */
  memory: 24,
  /** i32: bytes of the frame's memory */
  memorySize: 28,
  /** i32 */
  code: 32,
  codeSize: 36,
  /** i32: address of the jump-destination map, a bit per byte of code */
  jumps: 40,
  callData: 44,
  callDataSize: 48,
  returnDataSize: 52,
  /** i32: 1 where state must not change */
  isStatic: 56,
  /** i32: address of the map from positions to compiled blocks, 16 bits each; 0 where the code is not compiled */
  targets: 60,
  /** i64: gas at the start of the instruction that is under way */
  stepGas: 64,
  /** i32: memory size at its start */
  stepMemorySize: 72,
  /** i64: `gasReserve` at its start */
  stepGasReserve: 120,
  /** i32 and i32: what the frame returns */
  output: 76,
  outputSize: 80,
  /** i32: the first byte of return data that a RETURNDATACOPY wants */
  returnDataStart: 84,
  /** i64: gas handed to the frame that a CALL or CREATE opens */
  childGas: 88,
  /** i32: whose storage SLOAD and SSTORE reach */
  storage: 96,
  /** i32 address of the first operand memory range of a CALL, and its size; likewise where its output goes */
  argument: 104,
  argumentSize: 108,
  result: 112,
  resultSize: 116,
  /** words */
  address: 128,
  caller: 160,
  value: 192,
  stack: 256,
} as const;

/** Bytes from a frame's address to the end of its stack. */
export const FRAME_SIZE = FRAME.stack + STACK_LIMIT * WORD;

/** How the engine leaves. 0 is for host functions: go on with the next instruction. */
export const STATUS = {
  next: 0,
  stop: 1,
  return: 2,
  revert: 3,
  selfdestruct: 4,
  outOfGas: 5,
  stackUnderflow: 6,
  stackOverflow: 7,
  undefinedOpcode: 8,
  badJump: 9,
  returnDataOutOfBounds: 10,
  staticViolation: 11,
  memoryCeiling: 12,
  initcodeTooLarge: 13,
  stepsExhausted: 14,
  /** state is needed that is not resident; the instruction will run again */
  pause: 15,
  /** a frame is to be opened */
  call: 16,
  create: 17,
  /** a host function stopped the frame; the machine has the reason */
  haltFor: 18,
  /** even with all that is held back there is not enough gas */
  cannotPay: 19,
  /** compiled code hands over to the interpreter */
  interpret: 20,
  /** the interpreter has jumped in code that is compiled */
  jumped: 21,
} as const;
