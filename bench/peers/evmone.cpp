/*
 * The process that evmone.ts talks to: evmone behind lines of text, as described there. It is built apart, from the
 * sources of evmone (EVMONE), and of EVMC and intx in the versions that it names (EVMC, INTX):
 *
 *     flags="-O3 -DNDEBUG -march=x86-64-v3 -IEVMONE/include -IEVMONE/lib -IEVMC/include -IINTX/include"
 *     gcc $flags -c EVMONE/lib/evmone_precompiles/keccak.c
 *     g++ $flags -std=c++20 '-DPROJECT_VERSION="0.15.0"' -o evmone-lines evmone.cpp keccak.o
 *         $(ls EVMONE/lib/evmone/[a-z]*.cpp | grep -v cpu_check)
 *
 * Calls to other contracts fail there; the programs of the suite make none.
 */

#include <chrono>
#include <evmc/hex.hpp>
#include <evmc/mocked_host.hpp>
#include <evmone/evmone.h>
#include <iostream>
#include <sstream>

namespace {

evmc::bytes bytesOf(const std::string& hex) {
    return evmc::from_hex(hex).value_or(evmc::bytes{});
}

// A word or an address, with zeros in front of what is shorter.
template <typename T>
T fixed(const std::string& hex) {
    const auto bytes = bytesOf(hex);
    T value{};
    std::copy(bytes.begin(), bytes.end(), std::end(value.bytes) - bytes.size());
    return value;
}

evmc::bytes32 wordOf(uint64_t number) {
    evmc::bytes32 word{};
    for (auto i = 0; i < 8; ++i) word.bytes[31 - i] = static_cast<uint8_t>(number >> (8 * i));
    return word;
}

struct Session {
    evmc::VM vm{evmc_create_evmone()};
    evmc_revision revision = EVMC_FRONTIER;
    evmc::MockedHost world;
    evmc_message message{};
    evmc::bytes data;

    void begin(std::istream& in) {
        int number = 0;
        uint64_t baseFee = 0;
        std::string coinbase, randomness;
        world = {};
        auto& block = world.tx_context;
        in >> number >> block.block_number >> block.block_timestamp >> coinbase >> block.block_gas_limit >> baseFee >>
            randomness;
        revision = static_cast<evmc_revision>(number);
        block.block_coinbase = fixed<evmc::address>(coinbase);
        block.block_base_fee = wordOf(baseFee);
        block.block_prev_randao = fixed<evmc::bytes32>(randomness);
        block.chain_id = wordOf(1);
    }

    void account(std::istream& in) {
        std::string address, balance, code;
        int nonce = 0;
        in >> address >> nonce >> balance >> code;
        auto& account = world.accounts[fixed<evmc::address>(address)];
        account.nonce = nonce;
        account.balance = fixed<evmc::uint256be>(balance);
        account.code = bytesOf(code);
    }

    void slot(std::istream& in) {
        std::string address, key, value;
        in >> address >> key >> value;
        auto& storage = world.accounts[fixed<evmc::address>(address)].storage;
        storage[fixed<evmc::bytes32>(key)] = evmc::StorageValue{fixed<evmc::bytes32>(value)};
    }

    void call(std::istream& in) {
        std::string caller, to, value, input;
        message = {};
        in >> caller >> to >> value >> message.gas >> input;
        data = bytesOf(input);
        message.kind = EVMC_CALL;
        message.sender = fixed<evmc::address>(caller);
        message.recipient = message.code_address = fixed<evmc::address>(to);
        message.value = fixed<evmc::uint256be>(value);
        message.input_data = data.data();
        message.input_size = data.size();
    }

    void run(std::ostream& out) {
        auto host = world;
        host.access_account(message.sender);
        host.access_account(message.recipient);
        if (revision >= EVMC_SHANGHAI) host.access_account(host.tx_context.block_coinbase);
        const auto& code = host.accounts[message.recipient].code;
        const auto start = std::chrono::steady_clock::now();
        const auto result = vm.execute(host, revision, message, code.data(), code.size());
        const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
        out << time.count() << ' ' << (result.status_code == EVMC_SUCCESS) << ' ' << message.gas - result.gas_left << ' '
            << result.gas_refund << " 0x" << evmc::hex({result.output_data, result.output_size}) << std::endl;
    }
};

}  // namespace

int main() {
    Session session;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream in{line};
        std::string word;
        in >> word;
        if (word == "version") std::cout << session.vm.version() << std::endl;
        if (word == "begin") session.begin(in);
        if (word == "account") session.account(in);
        if (word == "slot") session.slot(in);
        if (word == "call") {
            session.call(in);
            std::cout << "ok" << std::endl;
        }
        if (word == "run") session.run(std::cout);
    }
}
