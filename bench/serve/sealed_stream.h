// One direction of a session after its handshake: a byte stream in sealed records
// (XChaCha20-Poly1305, crypto_secretstream of libsodium). A record that is changed, left out,
// repeated or out of order, and a stream that ends before its last record, are errors.
//
//   the stream's own header (24 bytes), then records: a header as in handshake.h, which is
//   authenticated too, and the sealed bytes. The last record is marked as the end.
//
// No descriptor and no clock. Threading: one thread at a time.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/serve/key.h"

struct crypto_secretstream_xchacha20poly1305_state;  // of libsodium

namespace sockmark {

// In locked memory, zeroed on destruction.
struct SealedState {
  SealedState();
  ~SealedState();
  SealedState(const SealedState&) = delete;
  SealedState& operator=(const SealedState&) = delete;

  const std::unique_ptr<crypto_secretstream_xchacha20poly1305_state> state;
};

// Plain bytes of one record.
inline constexpr std::size_t kRecordBytesMax = std::size_t{32} << 10;

class Sealer {
 public:
  explicit Sealer(const SecretKey& key);

  // Must: at most kRecordBytesMax bytes; nothing after the end.
  [[nodiscard]] std::string seal(std::string_view bytes);
  [[nodiscard]] std::string end();

 private:
  std::string record(std::string_view bytes, unsigned char tag);

  SealedState sealed_;
  std::string begin_;  // the stream's header, until it has been sent
};

class Opener {
 public:
  explicit Opener(const SecretKey& key);

  // Takes bytes of the peer and appends what they hold to `plain`. Errors are final. Keeps at most
  // one record that has arrived in part.
  [[nodiscard]] Result<> feed(std::string_view bytes, std::string& plain);
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  SecretKey key_;
  SealedState sealed_;
  std::string received_;
  bool begun_ = false, ended_ = false;
};

}  // namespace sockmark
