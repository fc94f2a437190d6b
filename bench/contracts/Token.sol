// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

contract Coin is ERC20("Coin", "COIN") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// What people do with tokens, from outside the token: a call, two slots, a log.
contract Token {
    Coin private immutable coin = new Coin();

    constructor() {
        coin.mint(address(this), 2 ** 128);
    }

    /// To 64 accounts in turn.
    function transfer(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) coin.transfer(address(uint160(0xb0b0000 + (i & 63))), i + 1);
        return coin.balanceOf(address(this));
    }

    /// To an account of its own each time.
    function mint(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) coin.mint(address(uint160(0xb0b0000 + i)), i + 1);
        return coin.totalSupply();
    }

    function approve(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) coin.approve(address(uint160(0xb0b0000 + (i & 63))), i + 1);
        return coin.allowance(address(this), address(0xb0b0001));
    }

    /// Of others, with an allowance that shrinks.
    function transferFrom(uint256 count) external returns (uint256) {
        coin.approve(address(this), 2 ** 127);
        for (uint256 i = 0; i < count; i++) {
            coin.transferFrom(address(this), address(uint160(0xb0b0000 + (i & 63))), i + 1);
        }
        return coin.allowance(address(this), address(this));
    }
}
