/**
 * What a tracer written in JavaScript finds in its scope, as go-ethereum documents it: `log`, `db`, frames, conversions
 * and `bigInt`. It is JavaScript that runs inside the engine, before the tracer does, and everything that the tracer
 * can reach is made by it there. Of the host it knows the functions in its argument, which take and give primitives
 * and bytes.
 *
 * https://geth.ethereum.org/docs/developers/evm-tracing/custom-tracer
 */

/** Where facts of the instruction are in the bytes that the guest is given: numbers of 64 bits, by index. */
export const FACT = {
  pc: 0,
  op: 1,
  gas: 2,
  cost: 3,
  depth: 4,
  refund: 5,
  stackSize: 6,
  memorySize: 7,
} as const;
/** Where the frame's address, caller and value are, in bytes. */
export const FRAME_FACTS = 128;
/** Where the stack is: words of eight 32-bit limbs, the least significant first. */
export const STACK_FACTS = 256;
/** the most that there are */
export const FACTS_SIZE = STACK_FACTS + 1024 * 32;

/** `bigInt` with the methods of the library of that name, over the engine's own big integers. */
const BIG_INT = String.raw`
  const isBig = (value) => value instanceof BigInteger;
  function BigInteger(value) { this.value = value; }
  const parse = (value, radix) => {
    if (value === undefined) return 0n;
    if (isBig(value)) return value.value;
    if (typeof value === 'bigint') return value;
    if (typeof value === 'number') {
      if (value !== Math.trunc(value)) throw new Error('Invalid integer: ' + value);
      return parse(String(value));
    }
    let text = String(value);
    if (radix !== undefined && Number(radix) !== 10) {
      const base = BigInt(radix);
      const isNegative = text[0] === '-';
      let total = 0n;
      for (const character of text.slice(isNegative ? 1 : 0).toLowerCase()) {
        const digit = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf(character);
        if (digit < 0 || BigInt(digit) >= base) throw new Error(character + ' is not a valid character');
        total = total * base + BigInt(digit);
      }
      return isNegative ? -total : total;
    }
    const parts = /^([+-]?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text);
    if (parts === null) throw new Error('Invalid integer: ' + text);
    const fraction = parts[3] || '';
    const exponent = Number(parts[4] || 0) - fraction.length;
    if (exponent < 0 && /[^0]/.test((parts[2] + fraction).slice(exponent))) throw new Error('Invalid integer: ' + text);
    const digits = exponent < 0 ? (parts[2] + fraction).slice(0, exponent) || '0' : parts[2] + fraction + '0'.repeat(exponent);
    return parts[1] === '-' ? -BigInt(digits) : BigInt(digits);
  };
  const big = (value) => new BigInteger(value);
  function bigInt(value, radix) { return big(parse(value, radix)); }
  const abs = (value) => (value < 0n ? -value : value);
  const gcd = (a, b) => { while (b !== 0n) [a, b] = [b, a % b]; return abs(a); };
  const power = (base, exponent) => {
    if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
    return base ** exponent;
  };
  const modPower = (base, exponent, modulus) => {
    if (modulus === 0n) throw new Error('Cannot take modPow with modulus 0');
    let result = 1n;
    base %= modulus;
    for (; exponent > 0n; exponent /= 2n) {
      if (exponent % 2n !== 0n) result = (result * base) % modulus;
      base = (base * base) % modulus;
    }
    return result;
  };
  const modInverse = (value, modulus) => {
    let [t, newT, r, newR] = [0n, 1n, modulus, abs(value)];
    while (newR !== 0n) {
      const q = r / newR;
      [t, newT] = [newT, t - q * newT];
      [r, newR] = [newR, r - q * newR];
    }
    if (r !== 1n) throw new Error(value + ' and ' + modulus + ' are not co-prime');
    if (t < 0n) t += modulus;
    return value < 0n ? -t : t;
  };
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const whole = {
    add: (a, b) => a + b, subtract: (a, b) => a - b, multiply: (a, b) => a * b,
    divide: (a, b) => { if (b === 0n) throw new Error('Cannot divide by zero'); return a / b; },
    mod: (a, b) => { if (b === 0n) throw new Error('Cannot divide by zero'); return a % b; },
    pow: power, and: (a, b) => a & b, or: (a, b) => a | b, xor: (a, b) => a ^ b,
    shiftLeft: (a, n) => a << n, shiftRight: (a, n) => a >> n, modPow: modPower, modInv: modInverse,
    abs, negate: (a) => -a, not: (a) => ~a, square: (a) => a * a, next: (a) => a + 1n, prev: (a) => a - 1n,
  };
  const plain = {
    compare, compareAbs: (a, b) => compare(abs(a), abs(b)), equals: (a, b) => a === b, notEquals: (a, b) => a !== b,
    greater: (a, b) => a > b, greaterOrEquals: (a, b) => a >= b, lesser: (a, b) => a < b,
    lesserOrEquals: (a, b) => a <= b, isZero: (a) => a === 0n, isUnit: (a) => abs(a) === 1n,
    isOdd: (a) => a % 2n !== 0n, isEven: (a) => a % 2n === 0n, isPositive: (a) => a > 0n, isNegative: (a) => a < 0n,
    isDivisibleBy: (a, b) => b !== 0n && a % b === 0n, valueOf: (a) => Number(a), toJSNumber: (a) => Number(a),
    toJSON: (a) => a.toString(),
  };
  const aliases = {
    plus: 'add', minus: 'subtract', times: 'multiply', over: 'divide', remainder: 'mod', compareTo: 'compare',
    eq: 'equals', neq: 'notEquals', gt: 'greater', geq: 'greaterOrEquals', lt: 'lesser', leq: 'lesserOrEquals',
  };
  const methods = BigInteger.prototype;
  for (const name of Object.keys(whole)) {
    const operands = whole[name].length - 1;
    methods[name] = function (...args) { return big(whole[name](this.value, ...args.slice(0, operands).map((one) => parse(one)))); };
  }
  for (const name of Object.keys(plain)) {
    const operands = plain[name].length - 1;
    methods[name] = function (...args) { return plain[name](this.value, ...args.slice(0, operands).map((one) => parse(one))); };
  }
  for (const name of Object.keys(aliases)) methods[name] = methods[aliases[name]];
  methods.divmod = function (other) { return { quotient: this.divide(other), remainder: this.mod(other) }; };
  methods.bitLength = function () { return big(BigInt(abs(this.value).toString(2).replace(/^0$/, '').length)); };
  methods.toString = function (radix) { return this.value.toString(radix === undefined ? 10 : Number(radix)); };
  Object.defineProperty(methods, 'sign', { get() { return this.value < 0n; } });
  Object.defineProperty(methods, 'isSmall', { get() { return abs(this.value) < 9007199254740992n; } });
  bigInt.prototype = methods;
  bigInt.zero = big(0n); bigInt.one = big(1n); bigInt.minusOne = big(-1n);
  bigInt.isInstance = isBig;
  bigInt.max = (a, b) => (parse(a) > parse(b) ? bigInt(a) : bigInt(b));
  bigInt.min = (a, b) => (parse(a) < parse(b) ? bigInt(a) : bigInt(b));
  bigInt.gcd = (a, b) => big(gcd(parse(a), parse(b)));
  bigInt.lcm = (a, b) => big(abs(parse(a) * parse(b)) / gcd(parse(a), parse(b)));
`;

/** Conversions between bytes and text, and the functions that tracers call by name. */
const CONVERSIONS = `
  const Bytes = Uint8Array;
  const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  const toHexText = (bytes) => { let text = ''; for (const byte of bytes) text += hexDigits[byte]; return text; };
  const fromHexText = (text) => {
    let digits = /^0x/i.test(text) ? text.slice(2) : text;
    if (digits.length % 2 !== 0) digits = '0' + digits;
    const good = /^(?:[0-9a-f]{2})*/i.exec(digits)[0];
    const bytes = new Bytes(good.length / 2);
    for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(good.substr(2 * i, 2), 16);
    return bytes;
  };
  const stop = (message) => { host.stop(message); throw new Error(message); };
  const bytesOf = (value, allowString) => {
    if (typeof value === 'string' || value instanceof String) {
      if (allowString) return fromHexText(String(value));
    } else if (Array.isArray(value) || (value !== null && typeof value === 'object' && value.constructor === Bytes)) {
      return Bytes.from(value);
    }
    return stop('invalid buffer type');
  };
  const sized = (bytes, size) => {
    const out = new Bytes(size);
    const part = bytes.subarray(Math.max(0, bytes.length - size));
    out.set(part, size - part.length);
    return out;
  };
  const hexOf = (value, size, allowString) => '0x' + toHexText(sized(bytesOf(value, allowString), size));
  const integer = (value) => { const whole = Math.trunc(Number(value)); return Number.isNaN(whole) ? 0 : whole; };
  const define = (name, value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  define('bigInt', bigInt);
  define('toHex', (value) => '0x' + toHexText(bytesOf(value, false)));
  define('toWord', (value) => sized(bytesOf(value, true), 32));
  define('toAddress', (value) => sized(bytesOf(value, true), 20));
  define('toContract', (from, nonce) => fromHexText(host.created(hexOf(from, 20, true), String(integer(nonce)))));
  define('toContract2', (from, salt, initcode) => fromHexText(host.created2(
    hexOf(from, 20, true), hexOf(String(salt), 32, true), '0x' + toHexText(bytesOf(initcode, true)))));
  define('isPrecompiled', (value) => host.isPrecompiled(hexOf(value, 20, true)) === '1');
  define('slice', (value, start, end) => {
    const bytes = bytesOf(value, false);
    [start, end] = [integer(start), integer(end)];
    if (start < 0 || start > end || end > bytes.length) {
      stop('Tracer accessed out of bound memory: available ' + bytes.length + ', offset ' + start + ', size ' + (end - start));
    }
    return bytes.slice(start, end);
  });
`;

/** The objects that tracers are given, and how the host reaches the tracer. */
const OBJECTS = `
  let facts = new ArrayBuffer(${STACK_FACTS});
  let numbers = new Float64Array(facts, 0, 8);
  const show = (given) => { facts = given; numbers = new Float64Array(given, 0, 8); };
  const frameFact = (from, size) => Bytes.from(new Bytes(facts, ${FRAME_FACTS} + from, size));
  const bigOf = (bytes) => bigInt(toHexText(bytes) || '0', 16);
  const ask = (what) => new Bytes(what);
  let error;
  const log = {
    getPC: () => numbers[${FACT.pc}], getGas: () => numbers[${FACT.gas}], getCost: () => numbers[${FACT.cost}],
    getDepth: () => numbers[${FACT.depth}], getRefund: () => numbers[${FACT.refund}], getError: () => error,
    op: {
      toNumber: () => numbers[${FACT.op}],
      toString: () => opNames[numbers[${FACT.op}]],
      isPush: () => numbers[${FACT.op}] >= 0x5f && numbers[${FACT.op}] <= 0x7f,
    },
    stack: {
      length: () => numbers[${FACT.stackSize}],
      peek(index) {
        const [size, at] = [numbers[${FACT.stackSize}], integer(index)];
        if (at < 0 || at >= size) stop('tracer accessed out of bound stack: size ' + size + ', index ' + at);
        const words = new Uint32Array(facts, ${STACK_FACTS} + (size - 1 - at) * 32, 8);
        let value = 0n;
        for (let i = 7; i >= 0; i--) value = (value << 32n) | BigInt(words[i]);
        return big(value);
      },
    },
    memory: {
      length: () => numbers[${FACT.memorySize}],
      slice(from, to) {
        const [begin, end] = [integer(from), integer(to)];
        if (begin === end) return new Bytes(0);
        if (end < begin || begin < 0) stop('tracer accessed out of bound memory: offset ' + begin + ', end ' + end);
        const padding = end - numbers[${FACT.memorySize}];
        if (padding > 1048576) stop('reached limit for padding memory slice: ' + padding);
        return ask(host.memory(begin, end));
      },
      getUint(offset) {
        const [size, at] = [numbers[${FACT.memorySize}], integer(offset)];
        if (at < 0 || size < at + 32) {
          stop('tracer accessed out of bound memory: available ' + size + ', offset ' + at + ', size 32');
        }
        return bigOf(ask(host.memory(at, at + 32)));
      },
    },
    contract: {
      getAddress: () => frameFact(0, 20), getCaller: () => frameFact(20, 20),
      getValue: () => bigOf(frameFact(40, 32)), getInput: () => ask(host.callData()),
    },
  };
  const addressText = (value) => hexOf(value, 20, false);
  const db = {
    getBalance: (address) => bigInt(host.balance(addressText(address))),
    getNonce: (address) => Number(host.nonce(addressText(address))),
    getCode: (address) => ask(host.code(addressText(address))),
    getState: (address, key) => fromHexText(host.slot(addressText(address), hexOf(key, 32, false))),
    exists: (address) => host.exists(addressText(address)) === '1',
  };
  const entered = {};
  const frame = {
    getType: () => entered.type, getFrom: () => fromHexText(entered.from), getTo: () => fromHexText(entered.to),
    getInput: () => Bytes.from(entered.input), getGas: () => entered.gas,
    getValue: () => (entered.value === undefined ? undefined : bigInt(entered.value)),
  };
  const left = {};
  const frameResult = {
    getGasUsed: () => left.gasUsed, getOutput: () => Bytes.from(left.output), getError: () => left.error,
  };
  const stringify = JSON.stringify;
  const parseJson = JSON.parse;
  let tracer;
  const ctx = {};
  const inContext = {
    hex: (text) => fromHexText(text), big: (text) => bigInt(text), number: (value) => value, text: (value) => value,
  };
  return {
    register(object, config) {
      tracer = object;
      const has = (name) => tracer !== null && tracer !== undefined && typeof tracer[name] === 'function';
      for (const name of ['result', 'fault']) {
        if (!has(name)) throw new TypeError('trace object must expose a function ' + name + '()');
      }
      if (has('enter') !== has('exit')) {
        throw new TypeError('trace object must expose either both or none of enter() and exit()');
      }
      if (has('setup')) tracer.setup(config);
      return ['step', 'enter'].filter(has).join();
    },
    context(kind, name, value) { ctx[name] = inContext[kind](value); },
    step(given, failure) { show(given); error = failure; tracer.step(log, db); },
    fault(given, failure) {
      // as the instruction began, where that has been seen
      if (given !== undefined) show(given);
      error = failure;
      tracer.fault(log, db);
    },
    enter(type, from, to, input, gas, value) {
      Object.assign(entered, { type, from, to, input: ask(input), gas, value });
      tracer.enter(frame);
    },
    exit(gasUsed, output, failure) {
      Object.assign(left, { gasUsed, output: ask(output), error: failure });
      tracer.exit(frameResult);
    },
    result() { const text = stringify(tracer.result(ctx, db)); return text === undefined ? 'null' : text; },
  };
`;

/** The whole: a function of the host's functions and the opcodes' names, which returns how to reach the tracer. */
export const PRELUDE = `(function (host, opNames) { 'use strict';${BIG_INT}${CONVERSIONS}${OBJECTS}})`;
