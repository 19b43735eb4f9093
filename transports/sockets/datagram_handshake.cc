#include "transports/sockets/datagram_handshake.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace sockmark {
namespace {

constexpr std::uint64_t kHelloMagic = 0x736d6b2d68656c6f;    // "smk-helo"
constexpr std::uint64_t kWelcomeMagic = 0x736d6b2d77656c63;  // "smk-welc"

constexpr std::uint64_t kConfirmMagic = 0x736d6b2d636f6e66;    // "smk-conf"
constexpr std::uint64_t kConfirmedMagic = 0x736d6b2d636d6564;  // "smk-cmed"

constexpr std::size_t kUnixHeader = offsetof(sockaddr_un, sun_path);
constexpr std::size_t kPortOffset = offsetof(sockaddr_in, sin_port);
static_assert(kPortOffset == offsetof(sockaddr_in6, sin6_port));

void put(std::span<std::byte> place, std::uint64_t value) {
  for (std::size_t n = 0; n < 8; ++n) place[n] = std::byte(value >> (56 - 8 * n));
}

std::uint64_t get(std::span<const std::byte> place) {
  std::uint64_t value = 0;
  for (std::size_t n = 0; n < 8; ++n) {
    value = value << 8 | std::to_integer<std::uint64_t>(place[n]);
  }
  return value;
}

HandshakeDatagram encode(std::uint64_t magic, std::uint64_t number, std::uint64_t nonce,
                         const Endpoint& endpoint) {
  HandshakeDatagram datagram{};
  const std::span bytes(datagram);
  put(bytes, magic);
  put(bytes.subspan(8), number);
  put(bytes.subspan(16), nonce);
  std::copy(endpoint.begin(), endpoint.end(), bytes.subspan(24).begin());
  return datagram;
}

// Whether the value read from a datagram is all that it says: what encode() leaves zero is zero.
template <class T>
bool is_exactly(const T& value, std::span<const std::byte> datagram) {
  return std::ranges::equal(sockmark::encode(value), datagram);
}

}  // namespace

HandshakeDatagram encode(const Hello& hello) {
  return encode(kHelloMagic, hello.token, hello.nonce, {});
}

HandshakeDatagram encode(const Welcome& welcome) {
  return encode(kWelcomeMagic, 0, welcome.nonce, welcome.endpoint);
}

std::optional<Hello> decode_hello(std::span<const std::byte> datagram) {
  if (datagram.size() != kHandshakeBytes) return std::nullopt;
  const Hello hello{.token = get(datagram.subspan(8)), .nonce = get(datagram.subspan(16))};
  if (!is_exactly(hello, datagram)) return std::nullopt;
  return hello;
}

std::optional<Welcome> decode_welcome(std::span<const std::byte> datagram) {
  if (datagram.size() != kHandshakeBytes) return std::nullopt;
  Welcome welcome{.nonce = get(datagram.subspan(16)), .endpoint = {}};
  std::copy_n(datagram.subspan(24).begin(), welcome.endpoint.size(), welcome.endpoint.begin());
  if (!is_exactly(welcome, datagram)) return std::nullopt;
  return welcome;
}

HandshakeDatagram encode(Confirmation kind, std::uint64_t nonce) {
  return encode(kind == Confirmation::confirm ? kConfirmMagic : kConfirmedMagic, 0, nonce, {});
}

std::optional<Confirmation> confirmation_in(std::span<const std::byte> bytes, std::uint64_t nonce) {
  if (bytes.size() < kConfirmationRead || get(bytes.subspan(16)) != nonce) return std::nullopt;
  const std::uint64_t magic = get(bytes);
  if (magic == kConfirmMagic) return Confirmation::confirm;
  if (magic == kConfirmedMagic) return Confirmation::confirmed;
  return std::nullopt;
}

// UDP: the port, 2 bytes, network order. UNIX: the length of the name, then the name with its
// leading zero.
std::optional<Endpoint> endpoint_of(const Address& local) {
  Endpoint endpoint{};
  const auto* storage = reinterpret_cast<const std::byte*>(&local.storage);
  if (local.family() != AF_UNIX) {
    std::copy_n(storage + kPortOffset, sizeof(in_port_t), endpoint.begin());
    return endpoint;
  }
  if (local.length <= kUnixHeader || storage[kUnixHeader] != std::byte{0}) return std::nullopt;
  const std::size_t size = local.length - kUnixHeader;
  if (size > endpoint.size() - 1) return std::nullopt;
  endpoint[0] = std::byte(size);
  std::copy_n(storage + kUnixHeader, size, endpoint.begin() + 1);
  return endpoint;
}

std::optional<Address> address_of(const Endpoint& endpoint, const Address& listener) {
  Address address = listener;
  auto* storage = reinterpret_cast<std::byte*>(&address.storage);
  if (listener.family() != AF_UNIX) {
    if (endpoint[0] == std::byte{0} && endpoint[1] == std::byte{0}) return std::nullopt;
    std::copy_n(endpoint.begin(), sizeof(in_port_t), storage + kPortOffset);
    return address;
  }
  const auto size = std::to_integer<std::size_t>(endpoint[0]);
  // Only an abstract name, and not the empty one, which would bind instead of name.
  if (size < 2 || size > endpoint.size() - 1 || endpoint[1] != std::byte{0}) return std::nullopt;
  address.storage = {};
  address.storage.ss_family = AF_UNIX;
  std::copy_n(endpoint.begin() + 1, size, storage + kUnixHeader);
  address.length = static_cast<socklen_t>(kUnixHeader + size);
  return address;
}

}  // namespace sockmark
