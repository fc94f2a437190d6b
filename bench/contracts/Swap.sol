// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Coin} from "./Token.sol";

/// Two coins whose product never falls; of what comes in, 0.3 % stay.
contract Pair is ReentrancyGuard {
    event Swapped(address indexed who, uint256 in0, uint256 in1, uint256 out0, uint256 out1);
    event Synced(uint112 reserve0, uint112 reserve1);

    IERC20 private immutable coin0;
    IERC20 private immutable coin1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private lastTime;
    uint256 private price0Sum;
    uint256 private price1Sum;

    constructor(IERC20 first, IERC20 second) {
        coin0 = first;
        coin1 = second;
    }

    function sync() external nonReentrant {
        update(coin0.balanceOf(address(this)), coin1.balanceOf(address(this)));
    }

    function reserves() external view returns (uint112, uint112) {
        return (reserve0, reserve1);
    }

    function swap(uint256 out0, uint256 out1, address to) external nonReentrant {
        (uint256 had0, uint256 had1) = (reserve0, reserve1);
        require(out0 < had0 && out1 < had1, "not so much here");
        if (out0 > 0) coin0.transfer(to, out0);
        if (out1 > 0) coin1.transfer(to, out1);
        uint256 has0 = coin0.balanceOf(address(this));
        uint256 has1 = coin1.balanceOf(address(this));
        uint256 in0 = has0 > had0 - out0 ? has0 - (had0 - out0) : 0;
        uint256 in1 = has1 > had1 - out1 ? has1 - (had1 - out1) : 0;
        require((has0 * 1000 - in0 * 3) * (has1 * 1000 - in1 * 3) >= had0 * had1 * 1e6, "the product fell");
        update(has0, has1);
        emit Swapped(to, in0, in1, out0, out1);
    }

    function update(uint256 has0, uint256 has1) private {
        uint32 time = uint32(block.timestamp);
        if (time != lastTime && reserve0 != 0 && reserve1 != 0) {
            uint256 elapsed = time - lastTime;
            price0Sum += Math.mulDiv(reserve1, 2 ** 112, reserve0) * elapsed;
            price1Sum += Math.mulDiv(reserve0, 2 ** 112, reserve1) * elapsed;
        }
        (reserve0, reserve1, lastTime) = (uint112(has0), uint112(has1), time);
        emit Synced(reserve0, reserve1);
    }
}

/// There and back, as a router would.
contract Swap {
    Coin private immutable coin0 = new Coin();
    Coin private immutable coin1 = new Coin();
    Pair private immutable pair = new Pair(coin0, coin1);

    constructor() {
        coin0.mint(address(pair), 5e24);
        coin1.mint(address(pair), 1e25);
        coin0.mint(address(this), 1e24);
        coin1.mint(address(this), 1e24);
        pair.sync();
    }

    function swap(uint256 count) external returns (uint256) {
        for (uint256 i = 0; i < count; i++) {
            (uint256 had0, uint256 had1) = pair.reserves();
            uint256 amount = 1e18 + i;
            if (i & 1 == 0) {
                coin0.transfer(address(pair), amount);
                pair.swap(0, quote(amount, had0, had1), address(this));
            } else {
                coin1.transfer(address(pair), amount);
                pair.swap(quote(amount, had1, had0), 0, address(this));
            }
        }
        return coin0.balanceOf(address(this)) ^ coin1.balanceOf(address(this));
    }

    function quote(uint256 amount, uint256 hadIn, uint256 hadOut) private pure returns (uint256) {
        uint256 paid = amount * 997;
        return (paid * hadOut) / (hadIn * 1000 + paid);
    }
}
