#include "transports/resolve.h"

#include <netdb.h>
#ifdef SOCKMARK_STATIC
#include <nss.h>
#endif
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "base/descriptor.h"

namespace sockmark {

Result<std::vector<Address>> resolve(std::string_view text) {
  if (!names_a_host(text)) {
    auto address = TRY(parse_address(text));
    return std::vector{address};
  }
  const auto host = TRY(parse_host_name(text));
  addrinfo hints{};
  hints.ai_flags = AI_ADDRCONFIG;
  hints.ai_socktype = SOCK_STREAM;  // one of each address; the addresses do not depend on it
#ifdef SOCKMARK_STATIC
  // Other sources of nsswitch.conf(5) are shared libraries, of the C library of the machine. These
  // two are a part of this program.
  __nss_configure_lookup("hosts", "files dns");
#endif
  addrinfo* first = nullptr;
  const int problem = ::getaddrinfo(host.name.c_str(), nullptr, &hints, &first);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found(first, &::freeaddrinfo);
  const auto failed = [&](Error error) {
    return std::move(error).in("address \"" + std::string(text) + "\"");
  };
  if (problem == EAI_SYSTEM) return failed(system_error("getaddrinfo", errno));
  if (problem != 0) return failed(Error{::gai_strerror(problem)});
  std::vector<Address> addresses;
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    Address address;
    address.scheme = host.scheme;
    address.length = each->ai_addrlen;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    addresses.push_back(with_port(address, host.port));
  }
  if (addresses.empty()) return failed(Error{"no address of IPv4 or IPv6"});
  return addresses;
}

bool is_of_this_machine(const Address& address) {
  const Descriptor socket(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const Address any_port = with_port(address, 0);
  return socket && ::bind(socket.get(), any_port.get(), any_port.length) == 0;
}

}  // namespace sockmark
