// The datagrams that make a connection, which any process may send
// (transports/sockets/datagram_handshake.h). The first byte of an input chooses what the client
// addressed, the rest is a datagram.

#include "transports/sockets/datagram_handshake.h"

#include <cstring>

#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {
namespace {

bool same(const Address& a, const Address& b) {
  return a.scheme == b.scheme && a.length == b.length && a.name == b.name &&
         std::memcmp(&a.storage, &b.storage, sizeof a.storage) == 0;
}

void check_endpoint(const Endpoint& endpoint, const Address& listener) {
  const auto address = address_of(endpoint, listener);
  if (!address) return;
  require(address->scheme == listener.scheme && address->family() == listener.family(),
          "a listener names no endpoint of another kind");
  require(address->length <= sizeof address->storage, "an address fits");
  require(address->path().empty(), "a listener names no socket file");
  const auto again = endpoint_of(*address);
  require(again.has_value(), "what came as an endpoint can be sent as one");
  const auto back = address_of(*again, listener);
  require(back && same(*back, *address), "an endpoint that is sent on means the same");
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  static const Address listeners[] = {
      *parse_address("udp://127.0.0.1:9"), *parse_address("udp://[::1]:9"),
      *parse_address("unix-dgram:/tmp/listener"), *parse_address("unix-dgram:@listener")};
  Input input(data, size);
  const Address& listener = listeners[input.byte() % std::size(listeners)];
  const Bytes datagram = input.rest();

  const auto hello = decode_hello(datagram);
  const auto welcome = decode_welcome(datagram);
  require(!hello || !welcome, "no datagram is both");
  const auto nonce = datagram.size() < kConfirmationRead ? 0 : [&] {
    std::uint64_t number = 0;
    for (const std::byte byte : std::span(datagram).subspan(16, 8))
      number = number << 8 | std::to_integer<std::uint64_t>(byte);
    return number;
  }();
  if (const auto kind = confirmation_in(datagram, nonce)) {
    require(!hello && !welcome, "no confirmation is a HELLO or a WELCOME");
    const auto whole = encode(*kind, nonce);
    require(std::ranges::equal(std::span(whole).first(8), std::span(datagram).first(8)),
            "a confirmation is of one kind");
    require(!confirmation_in(datagram, nonce + 1), "a confirmation is of one connection");
  }
  if (hello) {
    require(std::ranges::equal(encode(*hello), datagram), "only what encode() writes is a HELLO");
  }
  if (welcome) {
    require(std::ranges::equal(encode(*welcome), datagram),
            "only what encode() writes is a WELCOME");
    check_endpoint(welcome->endpoint, listener);
  }
  return 0;
}
