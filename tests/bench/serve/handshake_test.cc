// The handshake of sockmark serve, both sides without a socket: whole, cut at every place, changed
// at every byte, and against frozen bytes.

#include "bench/serve/handshake.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace sockmark {
namespace {

using State = ServerHandshake::State;

SecretKey key_of(std::uint8_t first) {
  SecretKey key;
  for (std::size_t i = 0; i < SecretKey::size(); ++i)
    key.data()[i] = static_cast<std::uint8_t>(first + i);
  return key;
}

HandshakeSeeds seeds_of(std::uint8_t first) {
  HandshakeSeeds seeds;
  for (auto& byte : seeds.nonce) byte = first++;
  seeds.ephemeral = key_of(first);
  return seeds;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
  return text;
}
std::string hex(const SecretKey& key) {
  return hex({reinterpret_cast<const char*>(key.data()), SecretKey::size()});
}

// The messages of a handshake with seeds 1 and 101.
struct Recorded {
  std::string hello, auth, welcome;
};
Recorded record(const SecretKey* key) {
  ServerHandshake server(key, seeds_of(1));
  ClientHandshake client(key, seeds_of(101));
  Recorded messages{std::string(server.hello()), {}, {}};
  messages.auth = client.feed(messages.hello).value();
  EXPECT_EQ(server.feed(messages.auth), State::proven);
  messages.welcome = server.welcome(Admission::admitted);
  return messages;
}

TEST(Handshake, BothSidesAgreeOnKeys) {
  const SecretKey key = key_of(7);
  ServerHandshake server(&key, HandshakeSeeds::fresh());
  ClientHandshake client(&key, HandshakeSeeds::fresh());
  const auto auth = client.feed(server.hello());
  ASSERT_TRUE(auth);
  EXPECT_EQ(auth->size(), kServeAuthBytes);
  EXPECT_TRUE(client.waits_for_welcome());
  ASSERT_EQ(server.feed(*auth), State::proven);
  ASSERT_TRUE(client.feed(server.welcome(Admission::admitted)));
  EXPECT_TRUE(client.done());
  EXPECT_EQ(hex(server.keys().client_to_server), hex(client.keys().client_to_server));
  EXPECT_EQ(hex(server.keys().server_to_client), hex(client.keys().server_to_client));
  EXPECT_NE(hex(client.keys().client_to_server), hex(client.keys().server_to_client));
}

TEST(Handshake, AnEarlierHandshakeIsOfNoUse) {
  const SecretKey key = key_of(7);
  const auto recorded = record(&key);
  ServerHandshake server(&key, HandshakeSeeds::fresh());
  EXPECT_EQ(server.feed(recorded.auth), State::rejected);
  EXPECT_STREQ(server.problem(), "authentication failed");
  ClientHandshake client(&key, HandshakeSeeds::fresh());
  ASSERT_TRUE(client.feed(recorded.hello));
  EXPECT_FALSE(client.feed(recorded.welcome));
}

TEST(Handshake, EveryCutMakesNoDifference) {
  const SecretKey key = key_of(7);
  const auto recorded = record(&key);
  for (std::size_t cut = 0; cut <= recorded.auth.size(); ++cut) {
    ServerHandshake server(&key, seeds_of(1));
    const auto first = server.feed(std::string_view(recorded.auth).substr(0, cut));
    ASSERT_EQ(first, cut < recorded.auth.size() ? State::receiving : State::proven) << cut;
    ASSERT_EQ(server.feed(std::string_view(recorded.auth).substr(cut)), State::proven) << cut;
    ASSERT_EQ(server.welcome(Admission::admitted), recorded.welcome);
  }
  const std::string all = recorded.hello + recorded.welcome + "rest";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    ClientHandshake client(&key, seeds_of(101));
    const auto first = client.feed(std::string_view(all).substr(0, cut));
    ASSERT_TRUE(first) << cut;
    const auto second = client.feed(std::string_view(all).substr(cut));
    ASSERT_TRUE(second) << cut;
    ASSERT_EQ(*first + *second, recorded.auth) << cut;
    ASSERT_TRUE(client.done());
    ASSERT_EQ(client.rest(), "rest");
  }
}

TEST(Handshake, EveryChangedBitIsRejected) {
  const SecretKey key = key_of(7);
  const auto recorded = record(&key);
  for (std::size_t bit = 0; bit < 8 * recorded.auth.size(); ++bit) {
    std::string changed = recorded.auth;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    ServerHandshake server(&key, seeds_of(1));
    ASSERT_EQ(server.feed(changed), State::rejected) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * recorded.hello.size(); ++bit) {
    std::string changed = recorded.hello;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    ClientHandshake client(&key, seeds_of(101));
    const auto auth = client.feed(changed);
    if (!auth) continue;  // not a HELLO any more
    ServerHandshake server(&key, seeds_of(1));
    ASSERT_EQ(server.feed(*auth), State::rejected) << bit << ": the client proves what it received";
  }
  for (std::size_t bit = 0; bit < 8 * recorded.welcome.size(); ++bit) {
    std::string changed = recorded.welcome;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    ClientHandshake client(&key, seeds_of(101));
    ASSERT_TRUE(client.feed(recorded.hello));
    ASSERT_FALSE(client.feed(changed)) << bit;
    ASSERT_FALSE(client.done());
  }
}

TEST(Handshake, BytesAfterTheProofAreRejected) {
  const SecretKey key = key_of(7);
  ServerHandshake server(&key, seeds_of(1));
  EXPECT_EQ(server.feed(record(&key).auth + "x"), State::rejected);
  EXPECT_STREQ(server.problem(), "invalid handshake");
  EXPECT_EQ(server.feed("more"), State::rejected);
}

TEST(Handshake, WhatIsNoHandshakeIsRejectedAtItsFirstByte) {
  ServerHandshake server(nullptr, seeds_of(1));
  EXPECT_EQ(server.feed("G"), State::rejected);
  ClientHandshake client(nullptr, seeds_of(101));
  EXPECT_EQ(client.feed("HTTP/1.1 400").error().message, "is not sockmark serve");
}

TEST(Handshake, AnotherKeyIsRejectedByBothSides) {
  const SecretKey key = key_of(7), other = key_of(8);
  ServerHandshake server(&key, seeds_of(1));
  ClientHandshake client(&other, seeds_of(101));
  EXPECT_EQ(server.feed(client.feed(server.hello()).value()), State::rejected);
  EXPECT_STREQ(server.problem(), "authentication failed");

  // A server without the key can make no WELCOME that counts.
  ServerHandshake impostor(&other, seeds_of(1));
  ClientHandshake honest(&key, seeds_of(101));
  ClientHandshake accomplice(&other, seeds_of(101));
  ASSERT_TRUE(honest.feed(impostor.hello()));
  ASSERT_EQ(impostor.feed(accomplice.feed(impostor.hello()).value()), State::proven);
  EXPECT_EQ(honest.feed(impostor.welcome(Admission::admitted)).error().message,
            "did not prove that it has the key");
}

TEST(Handshake, WhetherAKeyIsNeededMustAgree) {
  const SecretKey key = key_of(7);
  ServerHandshake with(&key, seeds_of(1)), without(nullptr, seeds_of(1));
  ClientHandshake none(nullptr, seeds_of(101)), has(&key, seeds_of(101));
  EXPECT_EQ(none.feed(with.hello()).error().message, "requires a key: --secret-file");
  EXPECT_NE(has.feed(without.hello()).error().message.find("asks for no key"), std::string::npos);
  EXPECT_EQ(hex(record(nullptr).hello).substr(24, 8), "01010000");
}

TEST(Handshake, TheAnswerToAProvenClientIsItsError) {
  const SecretKey key = key_of(7);
  for (const auto& [admission, words] :
       {std::pair(Admission::full, "--max-sessions"), std::pair(Admission::draining, "to end")}) {
    ServerHandshake server(&key, seeds_of(1));
    ClientHandshake client(&key, seeds_of(101));
    ASSERT_EQ(server.feed(client.feed(server.hello()).value()), State::proven);
    const auto answer = client.feed(server.welcome(admission));
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().message.find(words), std::string::npos) << answer.error().message;
    EXPECT_FALSE(client.done());
  }
}

TEST(Handshake, AVersionThatDoesNotFitIsNamed) {
  const SecretKey key = key_of(7);
  std::string hello = record(&key).hello;
  hello[kServeHeaderBytes] = 3;
  hello[kServeHeaderBytes + 1] = 4;
  ClientHandshake client(&key, seeds_of(101));
  EXPECT_EQ(client.feed(hello).error().message,
            "speaks versions 3 to 4 of the handshake, this program version 1");
}

// Frozen: a change of these bytes is another version of the handshake. They were computed from the
// description in handshake.h with BLAKE2b of Python's hashlib and the ladder of RFC 7748 section 5.
TEST(Handshake, FrozenVectors) {
  const SecretKey key = key_of(7);
  ServerHandshake server(&key, seeds_of(1));
  ClientHandshake client(&key, seeds_of(101));
  EXPECT_EQ(hex(server.hello()),
            "534d48310100000000000024010101000102030405060708090a0b0c0d0e0f101112131415161718"
            "191a1b1c1d1e1f20");
  const auto auth = client.feed(server.hello()).value();
  EXPECT_EQ(hex(auth),
            "534d483102000000000000640100000065666768696a6b6c6d6e6f707172737475767778797a7b7c"
            "7d7e7f8081828384e0895c817d5f67cd017f0a910a933f63da967f5ba99792b789c4d75675c31959"
            "0b34e519fe7bdb9b8abc2250676fe9db308a0886eaf0ac37100557583263a7d2");
  ASSERT_EQ(server.feed(auth), State::proven);
  EXPECT_EQ(hex(server.welcome(Admission::admitted)),
            "534d48310300000000000044000000005869aff450549732cbaaed5e5df9b30a6da31cb0e5742bad"
            "5ad4a1a768f1a67b68780d1511eb140f0016d2d41cfdae8954d208fc69d7cf929e4bac0b9f2cc6f1");
  EXPECT_EQ(hex(server.keys().client_to_server),
            "86eea95524a39e7908fac0d306a5a087fc57ae8dbe426e2549bf9ba9509a57d4");
  EXPECT_EQ(hex(server.keys().server_to_client),
            "e20f95f251f5a74ff75b9902ebc39d8e5edcfc9989131801bf70142f1e3f1cd3");
}

}  // namespace
}  // namespace sockmark
