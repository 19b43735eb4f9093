#include "bench/serve/key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/assert.h"
#include "base/descriptor.h"
#include "base/printable.h"
#include "base/text.h"

namespace sockmark {

namespace {

constexpr std::size_t kKeyTextBytes =
    sodium_base64_ENCODED_LEN(SecretKey::size(), sodium_base64_VARIANT_ORIGINAL);

Result<> write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto taken = ::write(descriptor, text.data(), text.size());
    if (taken < 0 && errno != EINTR) return system_error("write", errno);
    if (taken > 0) text.remove_prefix(static_cast<std::size_t>(taken));
  }
  return {};
}

// Why this file is not safe to hold a key; empty if it is.
std::string why_unsafe(const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return "is not a regular file";
  if (file.st_uid != ::geteuid())
    return fmt::format("belongs to user {}, not to user {}", file.st_uid, ::geteuid());
  if ((file.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fmt::format("has mode {:04o}, which gives others access: chmod 600",
                       file.st_mode & 07777U);
  if (static_cast<std::uint64_t>(file.st_size) > kKeyFileBytesMax)
    return fmt::format("is longer than {} bytes", kKeyFileBytesMax);
  return {};
}

}  // namespace

template <std::size_t N>
SecretBytes<N>::~SecretBytes() {
  ::sodium_munlock(bytes_.data(), N);  // zeroes first
}
template <std::size_t N>
void SecretBytes<N>::lock() {
  static_cast<void>(::sodium_mlock(bytes_.data(), N));
}
template <std::size_t N>
void SecretBytes<N>::zero() {
  ::sodium_memzero(bytes_.data(), N);
}
template class SecretBytes<32>;
template class SecretBytes<64>;

Result<> create_key_file(const std::string& path) {
  const std::string name = report::printable(path);
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                               S_IRUSR | S_IWUSR));
  if (!file && errno == EEXIST) return Error{name + ": exists; a key is never overwritten"};
  if (!file) return system_error(name, errno);
  SecretKey key;
  ::randombytes_buf(key.data(), SecretKey::size());
  std::array<char, kKeyTextBytes> text;
  ::sodium_bin2base64(text.data(), text.size(), key.data(), SecretKey::size(),
                      sodium_base64_VARIANT_ORIGINAL);
  text.back() = '\n';  // in place of the NUL
  auto written = write_all(file.get(), {text.data(), text.size()});
  ::sodium_memzero(text.data(), text.size());
  if (written && ::fsync(file.get()) != 0) written = system_error("fsync", errno);
  if (!written) ::unlink(path.c_str());
  return std::move(written).in(name);
}

Result<SecretKey> read_key_file(const std::string& path) {
  const std::string name = report::printable(path);
  // O_NONBLOCK: a FIFO is refused, not waited for.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return system_error(name, errno);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system_error(name, errno);
  if (const auto problem = why_unsafe(facts); !problem.empty()) return Error{name + " " + problem};

  std::array<char, kKeyFileBytesMax + 1> text;
  ::sodium_mlock(text.data(), text.size());
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < text.size(); size += static_cast<std::size_t>(got)) {
    do {
      got = ::read(file.get(), text.data() + size, text.size() - size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) break;
  }
  SecretKey key;
  std::size_t decoded = 0;
  const std::string_view line = trimmed({text.data(), size});
  const bool is_key =
      ::sodium_base642bin(key.data(), SecretKey::size(), line.data(), line.size(), nullptr,
                          &decoded, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0 &&
      decoded == SecretKey::size();
  ::sodium_munlock(text.data(), text.size());
  if (!is_key) return Error{name + " holds no key; sockmark genkey creates one"};
  return key;
}

void protect_process() {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ASSERT(::sodium_init() >= 0);  // fails only without random numbers of the kernel
}

}  // namespace sockmark
