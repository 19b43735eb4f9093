// How a client and sockmark serve prove to each other that they know the key, and agree on session
// keys: bytes in, bytes out. No descriptor, no clock and no randomness of its own, so that tests
// and a fuzz target drive it.
//
//     HELLO    server -> client   versions, whether a key is required, nonce
//     AUTH     client -> server   version, nonce, ephemeral key, MAC(K, "c" | HELLO | AUTH)
//     WELCOME  server -> client   admission, ephemeral key,      MAC(K, "s" | HELLO | AUTH |
//     WELCOME) keys     BLAKE2b-512(K, "k" | X25519 | HELLO | AUTH | WELCOME): client to server,
//     and back
//
// MAC is keyed BLAKE2b-256, over whole messages without their own MAC. All messages have fixed
// lengths. Everything later is sealed with the keys (sealed_stream.h). Both nonces and both
// ephemeral keys are fresh, so no recorded message is of use later, and a key that leaks does not
// open what was recorded before.
//
// Without a key (loopback only) K is zero: the messages are the same, and prove nothing.
//
// The construction is ours and resembles Noise NNpsk0 (docs/serve.md). tests/bench/serve has frozen
// test vectors.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/serve/key.h"

namespace sockmark {

inline constexpr std::uint8_t kServeVersion = 1;

// Every message, and every sealed record, begins with this:
//   magic "SMH1" (4 bytes) | type u8 | reserved, zero (3 bytes) | length of the rest, u32
//   big-endian
inline constexpr std::size_t kServeHeaderBytes = 12;
enum class ServeMessage : std::uint8_t { hello = 1, auth = 2, welcome = 3, record = 4 };
using ServeHeader = std::array<char, kServeHeaderBytes>;
[[nodiscard]] ServeHeader serve_header(ServeMessage type, std::size_t length);
// The length in a header of this type; absent if it is another header, or exceeds `limit`.
[[nodiscard]] std::optional<std::size_t> length_in(std::string_view header, ServeMessage type,
                                                   std::size_t limit);

inline constexpr std::size_t kServeMacBytes = 32;
inline constexpr std::size_t kServeHelloBytes = kServeHeaderBytes + 4 + 32;
inline constexpr std::size_t kServeAuthBytes = kServeHeaderBytes + 4 + 32 + 32 + kServeMacBytes;
inline constexpr std::size_t kServeWelcomeBytes = kServeHeaderBytes + 4 + 32 + kServeMacBytes;

// What one side chooses anew for each connection. Must: random, and used once.
struct HandshakeSeeds {
  std::array<std::uint8_t, 32> nonce{};
  SecretKey ephemeral;

  [[nodiscard]] static HandshakeSeeds fresh();
};

struct SessionKeys {
  SecretKey client_to_server, server_to_client;
};

// What the server answers a client that has proven itself.
enum class Admission : std::uint8_t { admitted = 0, full = 1, draining = 2 };

class ServerHandshake {
 public:
  // `key`: null if none is required. Must: outlives this object.
  ServerHandshake(const SecretKey* key, HandshakeSeeds seeds);

  // To be sent at once.
  [[nodiscard]] std::string_view hello() const { return {hello_.data(), hello_.size()}; }

  enum class State { receiving, proven, rejected };
  // Takes bytes of the client. `rejected` is final; `problem()` is why.
  State feed(std::string_view bytes);
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const char* problem() const { return problem_; }

  // The answer. Must: proven; called once.
  [[nodiscard]] std::string welcome(Admission admission);
  // Must: after welcome().
  [[nodiscard]] const SessionKeys& keys() const { return keys_; }

 private:
  State reject(const char* problem);

  SecretKey key_;
  bool key_required_;
  HandshakeSeeds seeds_;
  std::array<char, kServeHelloBytes> hello_{};
  std::array<char, kServeAuthBytes> auth_{};
  std::size_t received_ = 0;
  State state_ = State::receiving;
  const char* problem_ = "";
  SessionKeys keys_;
};

class ClientHandshake {
 public:
  // `key`: null if the user gave none. Must: outlives this object.
  ClientHandshake(const SecretKey* key, HandshakeSeeds seeds);

  // Takes bytes of the server; returns the bytes to send. Errors are final: what the server is or
  // answered. Bytes after the WELCOME are of the first sealed record: rest().
  [[nodiscard]] Result<std::string> feed(std::string_view bytes);
  [[nodiscard]] bool done() const { return done_; }
  // Whether the server has received the proof of this client, and not answered.
  [[nodiscard]] bool waits_for_welcome() const { return !auth_.empty() && !done_; }
  [[nodiscard]] const SessionKeys& keys() const { return keys_; }
  [[nodiscard]] const std::string& rest() const { return received_; }

 private:
  Result<std::string> take_hello();
  Result<> take_welcome();

  SecretKey key_;
  bool has_key_;
  HandshakeSeeds seeds_;
  std::string received_, hello_, auth_;
  bool done_ = false;
  SessionKeys keys_;
};

}  // namespace sockmark
