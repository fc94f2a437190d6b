/**
 * Mistakes that the tests must notice: each is a file, a text that is there exactly once, and what takes its place.
 * `mutants.mjs` makes them one at a time; `test/mutants.test.ts` says when one no longer fits the source.
 */

const WORDS = 'src/machine/words.ts';
const EMITTER = 'src/machine/emitter.ts';
const EXPAND = 'src/machine/expand.ts';
const BLOCK_EMITTER = 'src/machine/blockEmitter.ts';
const FRAMES = 'src/machine/frames.ts';
const MEMORY = 'src/machine/recipes/memory.ts';
const STATE = 'src/state/state.ts';
const host = (name) => `src/machine/host/${name}.ts`;

/** @type {readonly import('./mutantList.mjs').Mutant[]} */
export const MUTANTS = [
  // Words
  {
    what: 'ADD loses the carry of a limb that is all ones',
    file: WORDS,
    from: 'code.i64LtU(code.get(whole), code.get(partial)),',
    to: 'code.i32Const(0),',
  },
  {
    what: 'SUB loses the borrow that a borrow makes',
    file: WORDS,
    from: 'code.i64LtU(code.get(partial), code.get(borrow)),',
    to: 'code.i32Const(0),',
  },
  {
    what: 'SLT takes the sign from the third limb',
    file: WORDS,
    from: 'const isTop = signed && i === 3;',
    to: 'const isTop = signed && i === 2;',
  },
  {
    what: 'EQ does not look at the top limb',
    file: WORDS,
    from: `    let bits = code.i64Xor(this.limb(left[0]), this.limb(right[0]));
    for (let i = 1; i < 4; i++) {`,
    to: `    let bits = code.i64Xor(this.limb(left[0]), this.limb(right[0]));
    for (let i = 1; i < 3; i++) {`,
  },
  {
    what: 'BYTE ends at 31',
    file: WORDS,
    from: 'this.#below([at, ...index.slice(1)], 32n)',
    to: 'this.#below([at, ...index.slice(1)], 31n)',
  },
  {
    what: 'SAR by 256 and more gives 0 for negative words',
    file: WORDS,
    from: 'this.#orElse(this.#keep32(this.#below([by, ...shift.slice(1)], 256n)), shifted, sign)',
    to: 'this.#orElse(this.#keep32(this.#below([by, ...shift.slice(1)], 256n)), shifted, 0n)',
  },
  {
    what: 'SIGNEXTEND by 30 does nothing',
    file: WORDS,
    from: 'this.#below([at, ...index.slice(1)], 31n)',
    to: 'this.#below([at, ...index.slice(1)], 30n)',
  },
  {
    what: 'CLZ of a word of one limb is one too small',
    file: WORDS,
    from: 'code.i64Add(code.i64Const(192n)',
    to: 'code.i64Add(code.i64Const(191n)',
  },
  {
    what: 'EXP pays for a byte less where the exponent fills its bytes',
    file: WORDS,
    from: 'code.i64Const(263n)',
    to: 'code.i64Const(262n)',
  },
  // Gas and memory
  {
    what: 'copies and hashes pay for a word more where the size is a whole number of words',
    file: EMITTER,
    from: 'code.i64ShrU(code.i64Add(words.limb(size[0]), code.i64Const(31n)), code.i64Const(5n))',
    to: 'code.i64ShrU(code.i64Add(words.limb(size[0]), code.i64Const(32n)), code.i64Const(5n))',
  },
  {
    what: 'memory costs the square of its words over 1,024',
    file: EXPAND,
    from: 'code.i64ShrU(code.i64Mul(code.get(words), code.get(words)), code.i64Const(9n))',
    to: 'code.i64ShrU(code.i64Mul(code.get(words), code.get(words)), code.i64Const(10n))',
  },
  {
    what: 'MSTORE8 touches a word',
    file: MEMORY,
    from: 'const at = e.touch(e.pop(), 1);',
    to: 'const at = e.touch(e.pop(), 32);',
  },
  {
    what: 'MCOPY does not touch what it reads',
    file: MEMORY,
    from: 'const source = e.touch(from, size);',
    to: 'const source = e.touch(from, 0);',
  },
  {
    what: 'KECCAK256 costs a word what a copy does',
    file: MEMORY,
    from: "e.chargePerWord('keccakWordGas', size);\n    e.keccak",
    to: "e.chargePerWord('copyWordGas', size);\n    e.keccak",
  },
  {
    what: 'RETURNDATACOPY may not read the last byte',
    file: MEMORY,
    from: 'code.i64GtU(words.limb(end[0]), code.i64ExtendU(e.register(FRAME.returnDataSize)))',
    to: 'code.i64GeU(words.limb(end[0]), code.i64ExtendU(e.register(FRAME.returnDataSize)))',
  },
  {
    what: 'CALLDATALOAD reads a byte too far where one is missing',
    file: 'src/machine/recipes/environment.ts',
    from: 'code.i64LtU(code.get(rest), code.i64Const(BigInt(WORD)))',
    to: 'code.i64LtU(code.get(rest), code.i64Const(BigInt(WORD - 1)))',
  },
  {
    what: 'BLOBHASH has one blob more',
    file: 'src/machine/recipes/environment.ts',
    from: 'code.i64LtU(words.limb(low), code.i64ExtendU(code.i32Load(code.i32Const(BLOB_COUNT))))',
    to: 'code.i64LeU(words.limb(low), code.i64ExtendU(code.i32Load(code.i32Const(BLOB_COUNT))))',
  },
  {
    what: 'EXCHANGE reaches a word too far',
    file: 'src/machine/recipes/stack.ts',
    from: 'code.i32Const(29)',
    to: 'code.i32Const(30)',
  },
  // Storage
  {
    what: 'SLOAD does not warm its slot',
    file: host('storage'),
    from: '  state.warmSlot(slot);\n  m.step(frame);\n  copyWord',
    to: '  m.step(frame);\n  copyWord',
  },
  {
    what: 'SLOAD of a slot that is resident costs what a warm one does',
    file: host('storage'),
    from: 'const isWarm = slot >= 0 && state.isWarmSlot(slot);',
    to: 'const isWarm = slot >= 0;',
  },
  {
    what: 'SSTORE is content with 2,300 gas',
    file: host('storage'),
    from: 'return gasLeft(m.arena, frame) <= BigInt(gas);',
    to: 'return gasLeft(m.arena, frame) < BigInt(gas);',
  },
  {
    what: 'SSTORE keeps the refund of a slot that is set again',
    file: host('storage'),
    from: 'if (isZeroWord(words, at)) refund -= params.sstoreClearRefund;\n        else if',
    to: 'if',
  },
  {
    what: 'SSTORE refunds all of its price where a slot is as it was',
    file: host('storage'),
    from: '(wasZero ? params.sstoreSetGas : params.sstoreResetGas) - params.sstoreNoopGas',
    to: '(wasZero ? params.sstoreSetGas : params.sstoreResetGas)',
  },
  {
    what: 'what a slot was is forgotten where a frame reverts',
    file: STATE,
    from: "this.#undoWord('slot', this.slots, target, previous);",
    to: '',
  },
  {
    what: 'transient storage outlives a revert',
    file: STATE,
    from: "this.#undoWord('transientSlot', this.transient, target, previous);",
    to: '',
  },
  {
    what: 'slots stay warm where a frame reverts',
    file: STATE,
    from: 'this.slots.setWarmIn(target, previous);',
    to: '',
  },
  {
    what: 'logs outlive a revert',
    file: STATE,
    from: '        this.logs.pop();\n',
    to: '',
  },
  // Accounts
  {
    what: 'EXTCODEHASH of a dead account is that of no code',
    file: 'src/state/account.ts',
    from: 'if (account.isDead) {',
    to: 'if (false) {',
  },
  {
    what: 'EXTCODECOPY leaves memory alone behind the code',
    file: host('account'),
    from: '  u8.fill(0, to + part.length, to + size);\n',
    to: '',
  },
  {
    what: 'BLOCKHASH knows 255 ancestors',
    file: host('block'),
    from: 'distance > ANCESTORS',
    to: 'distance >= ANCESTORS',
  },
  {
    what: 'logs have their topics a word off',
    file: host('log'),
    from: 'm.slot(frame, 2), count',
    to: 'm.slot(frame, 1), count',
  },
  // Calls
  {
    what: 'a caller keeps a 63rd of its gas',
    file: EMITTER,
    from: "code.i64DivU(code.get(total), this.param('callReserveDivisor'))",
    to: "code.i64DivU(code.get(total), code.i64Sub(this.param('callReserveDivisor'), code.i64Const(1n)))",
  },
  {
    what: 'the stipend is a unit of gas too much',
    file: host('call'),
    from: 'BigInt(m.fork.params.callStipendGas)',
    to: 'BigInt(m.fork.params.callStipendGas + 1)',
  },
  {
    what: 'calls end a level early',
    file: host('call'),
    from: "if (m.depth > CALL_DEPTH_LIMIT) return refuse(m, frame, 'callDepth');",
    to: "if (m.depth >= CALL_DEPTH_LIMIT) return refuse(m, frame, 'callDepth');",
  },
  {
    what: 'what a static frame calls may write',
    file: host('call'),
    from: 'isStatic: op === STATICCALL || u32[(frame + FRAME.isStatic) >> 2] !== 0,',
    to: 'isStatic: op === STATICCALL,',
  },
  {
    what: 'DELEGATECALL tells the wrong caller',
    file: host('call'),
    from: "caller: op === DELEGATECALL ? 'same' : caller,",
    to: 'caller,',
  },
  {
    what: 'a call without value pays for a new account',
    file: host('call'),
    from: 'hasValue && account.isDead',
    to: 'account.isDead',
  },
  {
    what: 'whom an account delegates to stays cold',
    file: host('call'),
    from: '  state.warm(callee);\n',
    to: '',
  },
  {
    what: 'ether stays with a precompile that fails',
    file: 'src/machine/precompile.ts',
    from: '    m.revert(checkpoint);\n',
    to: '',
  },
  {
    what: 'as much return data is left as the caller set aside',
    file: host('returnData'),
    from: 'u32[(frame + FRAME.returnDataSize) >> 2] = output.length;',
    to: 'u32[(frame + FRAME.returnDataSize) >> 2] = u32[(frame + FRAME.resultSize) >> 2];',
  },
  // Creations
  {
    what: 'a contract is made where there is storage already',
    file: host('create'),
    from: ' || account.hasStorageNow',
    to: '',
  },
  {
    what: 'what a creation makes starts with nonce 0',
    file: host('create'),
    from: "  if (m.fork.rules.contractNonceStartsAtOne) state.setNonce(account, 1n, 'creation');\n",
    to: '',
  },
  {
    what: 'a creation that collides keeps its nonce',
    file: host('create'),
    from: `  state.setNonce(creator, creator.nonce + 1n, 'creation');
  state.warm(account);
  if (isCollision(account)) {`,
    to: `  state.warm(account);
  if (!isCollision(account)) state.setNonce(creator, creator.nonce + 1n, 'creation');
  if (isCollision(account)) {`,
  },
  {
    what: 'code of the greatest size is refused',
    file: FRAMES,
    from: 'code.length > params.maxCodeSize',
    to: 'code.length >= params.maxCodeSize',
  },
  {
    what: 'a contract that was made in this transaction outlives SELFDESTRUCT',
    file: host('selfDestruct'),
    from: '!rules.selfdestructOnlyNew || state.isCreated(account)',
    to: '!rules.selfdestructOnlyNew',
  },
  {
    what: 'SELFDESTRUCT refunds as often as it is called',
    file: host('selfDestruct'),
    from: 'if (goes && !state.isDestroyed(account)) state.addRefund',
    to: 'if (goes) state.addRefund',
  },
  // Compiled code
  {
    what: 'compiled code lets the stack grow by a word too much',
    file: BLOCK_EMITTER,
    from: '(STACK_LIMIT - raises) * WORD',
    to: '(STACK_LIMIT - raises + 1) * WORD',
  },
  {
    what: 'compiled GAS forgets what its block has paid ahead',
    file: BLOCK_EMITTER,
    from: 'this.code.i64Add(super.totalGas(), this.code.i64Const(BigInt(this.#prepaid)))',
    to: 'super.totalGas()',
  },
  {
    what: 'compiled code that goes on elsewhere does not get back what it paid ahead',
    file: BLOCK_EMITTER,
    from: `      this.#prepaid === 0
        ? code.get(this.left)
        : code.i64Add(code.get(this.left), code.i64Const(BigInt(this.#prepaid)));
    return`,
    to: `      code.get(this.left);
    return`,
  },
  {
    what: 'compiled code jumps to wherever a constant says',
    file: BLOCK_EMITTER,
    from: 'if (isDestination(this.#source, Number(known))) this.#continueAt(Number(known));',
    to: 'if (known < 2n ** 16n) this.#continueAt(Number(known));',
  },
  {
    what: 'compiled code looks at memory beyond a branch for what only the other side touches',
    file: BLOCK_EMITTER,
    from: `    this.#places.close();
    if (known`,
    to: '    if (known',
  },
  {
    what: 'compiled code takes memory below a touched place for touched',
    file: 'src/machine/places.ts',
    from: 'from < range.from',
    to: 'false',
  },
  {
    what: 'compiled code pays for a whole word at the last of several steps where a byte is stored',
    file: 'src/machine/places.ts',
    from: 'mayWiden && bytes === stride.bytes',
    to: 'mayWiden',
  },
  {
    what: 'compiled code takes a distance for short without looking',
    file: BLOCK_EMITTER,
    from: '      this.failIfFar([low, ...step.slice(1)]);\n',
    to: '',
  },
  {
    what: 'compiled code writes a slot of the stack before it has read it',
    file: BLOCK_EMITTER,
    from: 'this.#isSlot(limb) ? this.words.hold(limb) : limb',
    to: 'limb',
  },
  {
    what: 'a frame that goes on elsewhere forgets the state that its caller paid for',
    file: 'src/machine/packedMachine.ts',
    from: 'frame.stateBytes = image.stateBytes;',
    to: 'frame.stateBytes = 0;',
  },
  {
    what: 'engines remember slots that were reverted',
    file: 'src/machine/machine.ts',
    from: '    this.state.revert(checkpoint);\n    this.forgetSlots();\n',
    to: '    this.state.revert(checkpoint);\n',
  },
  {
    what: 'engines remember slots of another run',
    file: 'src/machine/machine.ts',
    from: '    this.#checkpoint = state.checkpoint();\n    this.forgetSlots();\n',
    to: '    this.#checkpoint = state.checkpoint();\n',
  },
  {
    what: 'engines take slots of another storage for those of their own',
    file: 'src/machine/slotCache.ts',
    from: 'code.i64Xor(this.#storage(), code.i64Load(code.get(line), STORAGE))',
    to: 'code.i64Const(0n)',
  },
  {
    what: 'engines remember what slots held before they were stored to',
    file: 'src/machine/slotCache.ts',
    from: '() => place.remember(WORD)',
    to: '() => {}',
  },
  {
    what: 'SLOAD of a slot that is remembered costs nothing',
    file: 'src/machine/machine.ts',
    from: 'engineParam(forkRules.accessSets ? params.warmAccessGas : 0)',
    to: 'engineParam(0)',
  },
  {
    what: 'MULMOD by a known modulus may leave more than that',
    file: 'src/machine/arithmetic/residues.ts',
    from: '  subtractWhileLarger(code, place, word, top);\n',
    to: '',
  },
  {
    what: 'MULMOD by a known modulus forgets what is beyond 256 bits',
    file: 'src/machine/arithmetic/residues.ts',
    from: 'code.brIf(code.i64Eqz(code.get(top)), done)',
    to: 'code.br(done)',
  },
  {
    what: 'MULMOD takes a modulus for known whose top limb is another',
    file: 'src/machine/arithmetic/residues.ts',
    from: 'const differences = n.map((limb, i)',
    to: 'const differences = n.slice(0, 3).map((limb, i)',
  },
];
