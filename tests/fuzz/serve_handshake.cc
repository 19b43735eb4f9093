// The handshake of sockmark serve and the sealed records after it, both of which come from anyone
// (bench/serve/handshake.h, sealed_stream.h): the cuts make no difference, nobody without the key
// is let in, and one line of error. The first byte of an input chooses the reader.

#include <optional>
#include <string>
#include <vector>

#include "bench/serve/handshake.h"
#include "bench/serve/sealed_stream.h"
#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {
namespace {

SecretKey fuzz_key(std::uint8_t byte) {
  SecretKey key;
  std::fill_n(key.data(), SecretKey::size(), byte);
  return key;
}

HandshakeSeeds fuzz_seeds(std::uint8_t byte) {
  HandshakeSeeds seeds;
  seeds.nonce.fill(byte);
  seeds.ephemeral = fuzz_key(byte);
  return seeds;
}

std::string server_outcome(const std::vector<Bytes>& pieces, const SecretKey* key) {
  ServerHandshake server(key, fuzz_seeds(1));
  for (const Bytes piece : pieces) {
    if (server.feed(text_of(piece)) != ServerHandshake::State::receiving) break;
  }
  if (server.state() == ServerHandshake::State::proven) {
    require(server.welcome(Admission::admitted).size() == kServeWelcomeBytes, "a whole answer");
    return "proven";
  }
  if (server.state() == ServerHandshake::State::rejected) require_one_line(server.problem());
  return server.state() == ServerHandshake::State::rejected ? "rejected" : "receiving";
}

// Whether it is done, what it sent and its error.
std::string client_outcome(const std::vector<Bytes>& pieces, const SecretKey* key) {
  ClientHandshake client(key, fuzz_seeds(2));
  std::string sent;
  for (const Bytes piece : pieces) {
    const auto answer = client.feed(text_of(piece));
    if (!answer) {
      require_one_line(answer.error().message);
      return "error: " + answer.error().message;
    }
    sent += *answer;
  }
  return client.done() ? "done: " + client.rest() : "not done: " + sent;
}

std::string opened(const std::vector<Bytes>& pieces) {
  Opener opener(fuzz_key(3));
  std::string plain;
  for (const Bytes piece : pieces) {
    if (auto fed = opener.feed(text_of(piece), plain); !fed) {
      require_one_line(fed.error().message);
      return "error";
    }
  }
  return plain + (opener.ended() ? "|" : "");
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  Input input(data, size);
  const std::size_t choice = input.byte() % 3;
  const Stream stream = stream_of(input);
  const std::vector<Bytes> whole{stream.bytes};
  static const SecretKey key = fuzz_key(9);
  if (choice == 0) {
    // In pieces it may be proven before the bytes that make it invalid.
    const auto outcome = server_outcome(whole, nullptr);
    if (stream.bytes.size() <= kServeAuthBytes)
      require(outcome == server_outcome(stream.pieces, nullptr), "the cuts make no difference");
    require(server_outcome(stream.pieces, &key) != "proven", "nobody without the key is let in");
  } else if (choice == 1) {
    require(client_outcome(whole, nullptr) == client_outcome(stream.pieces, nullptr),
            "the cuts make no difference");
    require(!client_outcome(whole, &key).starts_with("done"), "no server without the key");
  } else {
    require(opened(whole) == opened(stream.pieces), "the cuts make no difference");
  }
  return 0;
}
