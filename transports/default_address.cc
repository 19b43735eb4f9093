#include <unistd.h>

#include <atomic>
#include <string>
#include <utility>

#include "base/assert.h"
#include "transports/backends.h"

namespace sockmark {
namespace {

Address must_parse(const std::string& text) {
  auto address = parse_address(text);
  ASSERT(address);
  return *std::move(address);
}

}  // namespace

Address loopback_address(Address::Scheme scheme, int family) {
  const std::string prefix = scheme == Address::Scheme::tcp ? "tcp://" : "udp://";
  return must_parse(prefix + (family == AF_INET6 ? "[::1]:0" : "127.0.0.1:0"));
}

Address fresh_socket_file(Address::Scheme scheme, std::string_view directory) {
  static std::atomic<unsigned> count{0};
  const std::string prefix =
      scheme == Address::Scheme::unix_stream ? "unix-stream:" : "unix-dgram:";
  const std::string file = std::string(directory) + "/s" + std::to_string(::getpid()) + "-" +
                           std::to_string(count.fetch_add(1));
  auto address = parse_address(prefix + file);
  if (address) return *std::move(address);
  Address nowhere;
  nowhere.scheme = scheme;
  nowhere.storage.ss_family = AF_UNIX;
  return nowhere;
}

}  // namespace sockmark
