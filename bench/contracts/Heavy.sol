// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {EnumerableMap} from "@openzeppelin/contracts/utils/structs/EnumerableMap.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// Contracts that do one thing most of the time.
contract Heavy {
    using EnumerableMap for EnumerableMap.UintToUintMap;

    EnumerableMap.UintToUintMap private entries;
    mapping(uint256 => uint256) private slots;
    uint256[] private list;

    constructor() {
        for (uint256 i = 0; i < 256; i++) slots[i] = i + 1;
    }

    /// A chain of hashes of 64 bytes.
    function keccak(uint256 count) external pure returns (bytes32 hash) {
        for (uint256 i = 0; i < count; i++) hash = keccak256(abi.encode(hash, i));
    }

    /// Signatures of other messages each time.
    function ecdsa(uint256 count) external pure returns (bytes32 hash) {
        bytes32 r = bytes32(uint256(0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798));
        for (uint256 i = 0; i < count; i++) {
            (address signer,,) = ECDSA.tryRecover(keccak256(abi.encode(hash)), 27, r, bytes32(i + 1));
            hash = keccak256(abi.encode(hash, signer));
        }
    }

    function merkle(uint256 count) external pure returns (bytes32 root) {
        bytes32[] memory proof = new bytes32[](24);
        for (uint256 i = 0; i < 24; i++) proof[i] = keccak256(abi.encode(i));
        for (uint256 i = 0; i < count; i++) root = MerkleProof.processProof(proof, root);
    }

    /// Reads and writes of 256 slots that exist.
    function storageUpdate(uint256 count) external returns (uint256 sum) {
        for (uint256 i = 0; i < count; i++) {
            slots[i & 255] += i;
            sum += slots[(i * 7) & 255];
        }
    }

    /// New entries, four slots each.
    function storageInsert(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) entries.set(uint256(keccak256(abi.encode(i))), i + 1);
        return entries.length();
    }

    /// Sorts a list in storage by insertion.
    function storageSort(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) {
            uint256 value = uint256(keccak256(abi.encode(i))) >> 224;
            list.push(value);
            uint256 at = i;
            for (; at > 0 && list[at - 1] > value; at--) list[at] = list[at - 1];
            list[at] = value;
        }
        return list[0];
    }

    /// Strings and bytes: allocation, copies, divisions by ten.
    function text(uint256 count) external pure returns (bytes32 hash) {
        for (uint256 i = 0; i < count; i++) {
            hash = keccak256(bytes(string.concat(Strings.toString(uint256(hash) >> 128), ":", Strings.toHexString(i))));
        }
    }
}
