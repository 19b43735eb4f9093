// The key that sockmark serve and its clients share: 32 random bytes, in a file as base64.
//
// Keys are in locked memory, which is never swapped, and are zeroed on destruction. No key is ever
// in an argument, the environment, a log or a report.
//
// Threading: one thread at a time.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace sockmark {

// Bytes that are locked into memory and zeroed on destruction. Not copyable; a move zeroes the
// source.
template <std::size_t N>
class SecretBytes {
 public:
  SecretBytes() { lock(); }
  SecretBytes(SecretBytes&& other) noexcept : bytes_(other.bytes_) {
    lock();
    other.zero();
  }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      other.zero();
    }
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  [[nodiscard]] std::uint8_t* data() { return bytes_.data(); }
  [[nodiscard]] const std::uint8_t* data() const { return bytes_.data(); }
  [[nodiscard]] static constexpr std::size_t size() { return N; }

 private:
  void lock();  // as far as RLIMIT_MEMLOCK allows
  void zero();

  std::array<std::uint8_t, N> bytes_{};
};
extern template class SecretBytes<32>;
extern template class SecretBytes<64>;

using SecretKey = SecretBytes<32>;

inline constexpr std::size_t kKeyFileBytesMax = 4096;

// Creates `path`, which must not exist, with mode 0600 and a new key.
[[nodiscard]] Result<> create_key_file(const std::string& path);

// Errors: not a regular file, another owner than this user, readable or writable for others, too
// long, not a key. The file is opened once, so that what was checked is what is read.
[[nodiscard]] Result<SecretKey> read_key_file(const std::string& path);

// Keeps the memory of this process out of core files and away from the debuggers of other processes
// of this user, and lets it gain no privilege by exec; prepares libsodium. Call it first.
void protect_process();

}  // namespace sockmark
