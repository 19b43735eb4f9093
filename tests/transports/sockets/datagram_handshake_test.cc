#include "transports/sockets/datagram_handshake.h"

#include <gtest/gtest.h>

#include <vector>

namespace sockmark {
namespace {

TEST(DatagramHandshake, NoAnswerIsLongerThanItsQuestion) {
  EXPECT_EQ(encode(Hello{}).size(), encode(Welcome{}).size());
  EXPECT_EQ(encode(Confirmation::confirm, 1).size(), encode(Confirmation::confirmed, 1).size());
}

TEST(DatagramHandshake, ValuesSurvive) {
  const auto hello = decode_hello(encode(Hello{.token = 0x0123456789abcdef, .nonce = ~0ull}));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->token, 0x0123456789abcdefu);
  EXPECT_EQ(hello->nonce, ~0ull);

  Endpoint endpoint{};
  endpoint.front() = std::byte{1};
  endpoint.back() = std::byte{2};
  const auto welcome = decode_welcome(encode(Welcome{.nonce = 7, .endpoint = endpoint}));
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->nonce, 7u);
  EXPECT_EQ(welcome->endpoint, endpoint);
}

TEST(DatagramHandshake, OnlyTheExactSizeAndMagicAreTaken) {
  const HandshakeDatagram hello = encode(Hello{.token = 1, .nonce = 2});
  for (std::size_t size = 0; size < hello.size(); ++size) {
    EXPECT_FALSE(decode_hello(std::span(hello).first(size)));
    EXPECT_FALSE(decode_welcome(std::span(hello).first(size)));
  }
  std::vector<std::byte> longer(hello.begin(), hello.end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_hello(longer));
  for (std::size_t n = 0; n < 8; ++n) {
    HandshakeDatagram other = hello;
    other[n] ^= std::byte{1};
    EXPECT_FALSE(decode_hello(other));
  }
  EXPECT_FALSE(decode_welcome(hello));
  EXPECT_FALSE(decode_hello(encode(Welcome{})));
}

TEST(DatagramHandshake, AConfirmationIsOneOfItsConnectionAlone) {
  for (const auto kind : {Confirmation::confirm, Confirmation::confirmed}) {
    const HandshakeDatagram datagram = encode(kind, 7);
    EXPECT_EQ(confirmation_in(datagram, 7), kind);
    EXPECT_FALSE(confirmation_in(datagram, 8));
    EXPECT_EQ(confirmation_in(std::span(datagram).first(kConfirmationRead), 7), kind);
    for (std::size_t size = 0; size < kConfirmationRead; ++size)
      EXPECT_FALSE(confirmation_in(std::span(datagram).first(size), 7));
    EXPECT_FALSE(decode_hello(datagram));
    EXPECT_FALSE(decode_welcome(datagram));
    HandshakeDatagram other = datagram;
    other[0] ^= std::byte{1};
    EXPECT_FALSE(confirmation_in(other, 7));
  }
  EXPECT_FALSE(confirmation_in(encode(Hello{.token = 1, .nonce = 7}), 7));
}

TEST(DatagramHandshake, AUdpEndpointIsAPortOfTheHostThatWasAddressed) {
  for (const auto& [socket, listener, expected] :
       {std::tuple{"udp://10.9.9.9:4242", "udp://127.0.0.1:80", "udp://127.0.0.1:4242"},
        std::tuple{"udp://[fe80::9]:4242", "udp://[::1]:80", "udp://[::1]:4242"}}) {
    const auto endpoint = endpoint_of(*parse_address(socket));
    ASSERT_TRUE(endpoint);
    const auto address = address_of(*endpoint, *parse_address(listener));
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text(), expected);
  }
}

TEST(DatagramHandshake, AUnixEndpointIsAnAbstractName) {
  const Address listener = *parse_address("unix-dgram:/tmp/listener");
  const auto endpoint = endpoint_of(*parse_address("unix-dgram:@0001f"));
  ASSERT_TRUE(endpoint);
  const auto address = address_of(*endpoint, listener);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->text(), "unix-dgram:@0001f");
  EXPECT_FALSE(endpoint_of(listener)) << "a path is not what the kernel chooses";
  EXPECT_FALSE(endpoint_of(*parse_address("unix-dgram:@a-name-of-16-byt")));
}

TEST(DatagramHandshake, NonsenseEndpointsAreRefused) {
  EXPECT_FALSE(address_of(Endpoint{}, *parse_address("udp://127.0.0.1:80")));
  const Address listener = *parse_address("unix-dgram:/tmp/listener");
  for (const unsigned size : {0u, 1u, 16u, 200u, 255u}) {
    Endpoint endpoint{};
    endpoint[0] = std::byte(size);
    EXPECT_FALSE(address_of(endpoint, listener)) << size;
  }
  Endpoint path{};
  path[0] = std::byte{4};
  path[1] = std::byte{'/'};
  EXPECT_FALSE(address_of(path, listener)) << "it could name any file";
}

}  // namespace
}  // namespace sockmark
