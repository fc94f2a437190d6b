/** Types of the contract ABI: https://docs.soliditylang.org/en/latest/abi-spec.html */

/** A parsed type. */
export type AbiType =
  | { readonly kind: 'uint' | 'int'; readonly bits: number }
  | { readonly kind: 'address' | 'bool' | 'bytes' | 'string' | 'function' }
  | { readonly kind: 'fixedBytes'; readonly size: number }
  | {
      readonly kind: 'array';
      readonly of: AbiType /** undefined: of any length */;
      readonly length: number | undefined;
    }
  | { readonly kind: 'tuple'; readonly members: readonly AbiParameter[] };

/** A parameter of a function, an error or an event, or a member of a tuple. */
export interface AbiParameter {
  /** empty where the source gives none */
  readonly name: string;
  readonly type: AbiType;
  /** the type as signatures write it, tuples in parentheses */
  readonly canonical: string;
  /** of an event: in a topic */
  readonly indexed: boolean;
}

/**
 * A parameter as compilers list it.
 * @throws {TypeError} when there is no such type
 */
export function parseParameter(json: unknown): AbiParameter {
  const { name, type, components, indexed } = (json ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string') throw new TypeError(`ABI: expected a type, got ${JSON.stringify(type)}`);
  const members = Array.isArray(components) ? components.map(parseParameter) : [];
  return {
    name: typeof name === 'string' ? name : '',
    type: parseType(type, members),
    canonical: type.startsWith('tuple')
      ? `(${members.map((member) => member.canonical).join(',')})${type.slice('tuple'.length)}`
      : type,
    indexed: indexed === true,
  };
}

function parseType(text: string, members: readonly AbiParameter[]): AbiType {
  const array = /^(.*)\[([0-9]*)\]$/.exec(text);
  if (array !== null) {
    const length = array[2] === '' ? undefined : Number(array[2]);
    return { kind: 'array', of: parseType(array[1], members), length };
  }
  const [, word, digits] = /^([a-z]+)([0-9]*)$/.exec(text) ?? [];
  const size = Number(digits);
  switch (word) {
    case 'uint':
    case 'int':
      if (size >= 8 && size <= 256 && size % 8 === 0) return { kind: word, bits: size };
      break;
    case 'bytes':
      if (digits === '') return { kind: 'bytes' };
      if (size >= 1 && size <= 32) return { kind: 'fixedBytes', size };
      break;
    case 'address':
    case 'bool':
    case 'string':
    case 'function':
      if (digits === '') return { kind: word };
      break;
    case 'tuple':
      if (digits === '') return { kind: 'tuple', members };
      break;
  }
  throw new TypeError(`ABI: expected a type, got ${JSON.stringify(text)}`);
}

/** Whether values of a type are behind an offset. */
export function isDynamic(type: AbiType): boolean {
  switch (type.kind) {
    case 'bytes':
    case 'string':
      return true;
    case 'array':
      return type.length === undefined || isDynamic(type.of);
    case 'tuple':
      return type.members.some((member) => isDynamic(member.type));
    default:
      return false;
  }
}

/** Bytes that a value takes where it stands: an offset, where it is dynamic. */
export function headSize(type: AbiType): number {
  if (isDynamic(type)) return 32;
  if (type.kind === 'array') return type.length! * headSize(type.of);
  if (type.kind === 'tuple') return type.members.reduce((sum, member) => sum + headSize(member.type), 0);
  return 32;
}
