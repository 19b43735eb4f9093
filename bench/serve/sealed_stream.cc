#include "bench/serve/sealed_stream.h"

#include <sodium.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/assert.h"
#include "bench/serve/handshake.h"

namespace sockmark {

namespace {

constexpr std::size_t kStreamHeader = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t kRecordOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;

std::uint8_t* writable(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }
const std::uint8_t* readable(const char* bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes);
}

}  // namespace

SealedState::SealedState()
    : state(std::make_unique<crypto_secretstream_xchacha20poly1305_state>()) {
  ::sodium_mlock(state.get(), sizeof *state);
}
SealedState::~SealedState() { ::sodium_munlock(state.get(), sizeof *state); }

Sealer::Sealer(const SecretKey& key) : begin_(kStreamHeader, '\0') {
  ::crypto_secretstream_xchacha20poly1305_init_push(sealed_.state.get(), writable(begin_),
                                                    key.data());
}

std::string Sealer::record(std::string_view bytes, unsigned char tag) {
  ASSERT(bytes.size() <= kRecordBytesMax);
  const auto header = serve_header(ServeMessage::record, bytes.size() + kRecordOverhead);
  std::string text = std::exchange(begin_, {});
  text.append(header.data(), header.size());
  const std::size_t at = text.size();
  text.resize(at + bytes.size() + kRecordOverhead);
  ::crypto_secretstream_xchacha20poly1305_push(sealed_.state.get(), writable(text) + at, nullptr,
                                               readable(bytes.data()), bytes.size(),
                                               readable(header.data()), header.size(), tag);
  return text;
}

std::string Sealer::seal(std::string_view bytes) {
  return record(bytes, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
}
std::string Sealer::end() { return record({}, crypto_secretstream_xchacha20poly1305_TAG_FINAL); }

Opener::Opener(const SecretKey& key) { std::copy_n(key.data(), SecretKey::size(), key_.data()); }

Result<> Opener::feed(std::string_view bytes, std::string& plain) {
  received_ += bytes;
  std::size_t at = 0;  // what is before it has been taken
  if (!begun_ && received_.size() >= kStreamHeader) {
    if (::crypto_secretstream_xchacha20poly1305_init_pull(
            sealed_.state.get(), readable(received_.data()), key_.data()) != 0)
      return Error{"invalid sealed stream"};
    begun_ = true;
    at = kStreamHeader;
  }
  while (begun_ && received_.size() - at >= kServeHeaderBytes) {
    const auto length = length_in(std::string_view(received_).substr(at), ServeMessage::record,
                                  kRecordBytesMax + kRecordOverhead);
    if (!length || *length < kRecordOverhead || ended_) return Error{"invalid sealed record"};
    if (received_.size() - at < kServeHeaderBytes + *length) break;
    const char* header = received_.data() + at;
    const std::size_t opened = plain.size();
    plain.resize(opened + *length - kRecordOverhead);
    unsigned char tag = 0;
    if (::crypto_secretstream_xchacha20poly1305_pull(sealed_.state.get(), writable(plain) + opened,
                                                     nullptr, &tag,
                                                     readable(header + kServeHeaderBytes), *length,
                                                     readable(header), kServeHeaderBytes) != 0) {
      plain.resize(opened);
      return Error{"invalid sealed record"};
    }
    ended_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    at += kServeHeaderBytes + *length;
  }
  received_.erase(0, at);
  return {};
}

}  // namespace sockmark
