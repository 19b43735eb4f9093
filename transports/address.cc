#include "transports/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace sockmark {
namespace {

using Scheme = Address::Scheme;

struct SchemeName {
  std::string_view prefix;
  Scheme scheme;
};
constexpr std::array kSchemes{SchemeName{"tcp://", Scheme::tcp}, SchemeName{"udp://", Scheme::udp},
                              SchemeName{"unix-stream:", Scheme::unix_stream},
                              SchemeName{"unix-dgram:", Scheme::unix_dgram},
                              SchemeName{"memory:", Scheme::memory}};

// sun_path holds 108 bytes: a path ends with a zero, an abstract name begins with one.
constexpr std::size_t kMaxUnixName = sizeof(sockaddr_un::sun_path) - 1;

// sockaddr_storage may not be read as another sockaddr type (aliasing), so they are copied.
template <class T>
T load(const Address& address) {
  T value;
  std::memcpy(&value, &address.storage, sizeof value);
  return value;
}
template <class T>
void store(Address& address, const T& value, std::size_t length = sizeof(T)) {
  static_assert(sizeof(T) <= sizeof(sockaddr_storage));
  std::memcpy(&address.storage, &value, sizeof value);
  address.length = static_cast<socklen_t>(length);
}

std::string quoted(std::string_view text) {
  std::string result(1, '"');
  return result.append(text).append(1, '"');
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// HOST[:PORT] or [HOST][:PORT].
struct HostAndPort {
  std::string host;  // without brackets
  bool bracketed = false;
  std::uint16_t port = 0;
};

Result<HostAndPort> split(std::string_view text) {
  HostAndPort parts;
  parts.bracketed = text.starts_with('[');
  std::string_view rest;
  if (parts.bracketed) {
    const std::size_t bracket = text.rfind(']');
    if (bracket == std::string_view::npos) return Error{quoted(text) + " has no closing bracket"};
    parts.host = text.substr(1, bracket - 1);
    rest = text.substr(bracket + 1);
    if (!rest.empty() && rest.front() != ':')
      return Error{quoted(rest) + " follows the bracket; expected :PORT"};
  } else {
    const std::size_t colon = text.find(':');
    if (colon != text.rfind(':')) return Error{"put an IPv6 address in brackets, as in [::1]:9000"};
    parts.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (parts.host.find('\0') != std::string::npos) return Error{"the host contains a zero byte"};
  if (rest.empty()) return parts;
  const auto port = parse_number<std::uint16_t>(rest.substr(1));
  if (!port) {
    return Error{"port " + quoted(rest.substr(1)) + " is not a number from 0 to 65535"};
  }
  parts.port = *port;
  return parts;
}

// An interface by name or number (RFC 4007 section 11).
Result<unsigned> interface_of(const std::string& scope) {
  if (const unsigned index = ::if_nametoindex(scope.c_str()); index != 0) return index;
  std::array<char, IF_NAMESIZE> name{};
  const auto number = parse_number<unsigned>(scope);
  if (number && ::if_indextoname(*number, name.data()) != nullptr) return *number;
  return Error{"no interface " + quoted(scope) + " on this machine"};
}

Result<> set_ipv6(Address& address, const std::string& host, std::uint16_t port) {
  sockaddr_in6 inet{};
  inet.sin6_family = AF_INET6;
  inet.sin6_port = htons(port);
  const std::size_t percent = host.find('%');
  if (::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &inet.sin6_addr) != 1)
    return Error{quoted(host) + " is not a numeric IPv6 address"};
  if (percent != std::string::npos) {
    if (!IN6_IS_ADDR_LINKLOCAL(&inet.sin6_addr)) {
      return Error{quoted(host) + ": only a link-local address, fe80::/10, names an interface"};
    }
    auto scope = TRY(interface_of(host.substr(percent + 1)));
    inet.sin6_scope_id = scope;
  }
  store(address, inet);
  return {};
}

bool is_ipv4(const std::string& host, in_addr& address) {
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

void set_ipv4(Address& address, in_addr host, std::uint16_t port) {
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_port = htons(port);
  inet.sin_addr = host;
  store(address, inet);
}

// getaddrinfo(3) reads numbers with fewer than four parts, and hexadecimal ones, as IPv4 addresses.
bool is_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);  // the root, after a whole name
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool number = last.find_first_not_of("0123456789") == std::string_view::npos ||
                      last.starts_with("0x") || last.starts_with("0X");
  return !number;
}

Result<> parse_inet(Address& address, std::string_view text) {
  const auto parts = TRY(split(text));
  if (parts.bracketed) return set_ipv6(address, parts.host, parts.port);
  in_addr host{};
  if (!is_ipv4(parts.host, host)) {
    return Error{quoted(parts.host) + (is_name(parts.host)
                                           ? " is a name; expected a numeric address"
                                           : " is not a numeric IPv4 address")};
  }
  set_ipv4(address, host, parts.port);
  return {};
}

Result<> parse_unix(Address& address, std::string_view text) {
  const bool abstract = text.starts_with('@');
  const std::string_view name = abstract ? text.substr(1) : text;
  if (name.empty()) return Error{"no name; expected /path or @abstract-name"};
  // An abstract name's leading zero takes one of the 108 bytes, a path's closing zero likewise.
  if (name.size() > kMaxUnixName) {
    return Error{"the name has " + std::to_string(name.size()) +
                 " bytes; the limit of the kernel is " + std::to_string(kMaxUnixName)};
  }
  if (name.find('\0') != std::string_view::npos) return Error{"the name contains a zero byte"};
  sockaddr_un unix_address{};
  unix_address.sun_family = AF_UNIX;
  std::memcpy(unix_address.sun_path + (abstract ? 1 : 0), name.data(), name.size());
  store(address, unix_address, offsetof(sockaddr_un, sun_path) + name.size() + 1);
  return {};
}

std::string inet_text(const Address& address) {
  const bool ipv6 = address.family() == AF_INET6;
  std::string text = ipv6 ? "[" : "";
  text.append(host_text(address)).append(ipv6 ? "]:" : ":");
  return text.append(std::to_string(port_of(address)));
}

std::string unix_text(const Address& address) {
  constexpr std::size_t kHeader = offsetof(sockaddr_un, sun_path);
  if (address.length <= kHeader) return "(unnamed)";
  const auto unix_address = load<sockaddr_un>(address);
  if (unix_address.sun_path[0] != '\0') return address.path();
  std::string text(unix_address.sun_path, address.length - kHeader);
  text.front() = '@';
  return text;
}

std::string_view prefix_of(Scheme scheme) {
  return std::ranges::find(kSchemes, scheme, &SchemeName::scheme)->prefix;
}

bool has_host(Scheme scheme) { return scheme == Scheme::tcp || scheme == Scheme::udp; }

// What follows the scheme, of a scheme with a host.
std::optional<std::string_view> after_scheme(std::string_view text, Scheme& scheme) {
  for (const SchemeName& row : kSchemes) {
    if (!has_host(row.scheme) || !text.starts_with(row.prefix)) continue;
    scheme = row.scheme;
    return text.substr(row.prefix.size());
  }
  return std::nullopt;
}

Error in_address(Error error, std::string_view text) {
  return std::move(error).in("address " + quoted(text));
}

}  // namespace

const sockaddr* Address::get() const { return reinterpret_cast<const sockaddr*>(&storage); }

std::string Address::path() const {
  constexpr std::size_t kHeader = offsetof(sockaddr_un, sun_path);
  if (family() != AF_UNIX || length <= kHeader) return {};
  const auto unix_address = load<sockaddr_un>(*this);
  // The kernel counts the closing zero or not, depending on the program that bound the name.
  return {unix_address.sun_path, ::strnlen(unix_address.sun_path, length - kHeader)};
}

std::string Address::text() const {
  std::string text(prefix_of(scheme));
  if (scheme == Scheme::memory) return text + name;
  return text + (family() == AF_UNIX ? unix_text(*this) : inet_text(*this));
}

Result<Address> parse_address(std::string_view text) {
  for (const SchemeName& row : kSchemes) {
    if (!text.starts_with(row.prefix)) continue;
    Address address;
    address.scheme = row.scheme;
    const std::string_view rest = text.substr(row.prefix.size());
    Result<> parsed;
    if (row.scheme == Scheme::memory) {
      if (rest.empty()) parsed = Error{"no name; expected memory:NAME"};
      address.name = rest;
    } else {
      parsed = has_host(row.scheme) ? parse_inet(address, rest) : parse_unix(address, rest);
    }
    if (!parsed) return in_address(std::move(parsed).error(), text);
    return address;
  }
  std::string known;
  for (const SchemeName& row : kSchemes) {
    known += (known.empty() ? "" : ", ") + std::string(row.prefix);
  }
  return in_address(Error{"unknown scheme; expected one of " + known}, text);
}

Result<Address> parse_host(std::string_view text) {
  std::string host(text);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.find('\0') != std::string::npos) return Error{"the host contains a zero byte"};
  Address address;
  in_addr ipv4{};
  if (host.find(':') != std::string::npos) {
    TRY(set_ipv6(address, host, 0));
  } else if (is_ipv4(host, ipv4)) {
    set_ipv4(address, ipv4, 0);
  } else {
    return Error{quoted(host) + " is not a numeric address, such as 10.0.0.2 or fd00::2"};
  }
  return address;
}

std::string host_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.family() == AF_INET) {
    const auto inet = load<sockaddr_in>(address);
    return ::inet_ntop(AF_INET, &inet.sin_addr, text.data(), text.size());
  }
  const auto inet = load<sockaddr_in6>(address);
  std::string host = ::inet_ntop(AF_INET6, &inet.sin6_addr, text.data(), text.size());
  if (inet.sin6_scope_id == 0) return host;
  std::array<char, IF_NAMESIZE> name{};
  const bool named = ::if_indextoname(inet.sin6_scope_id, name.data()) != nullptr;
  return host + "%" + (named ? name.data() : std::to_string(inet.sin6_scope_id));
}

std::string HostName::text() const {
  return std::string(prefix_of(scheme)) + name + ":" + std::to_string(port);
}

bool names_a_host(std::string_view text) {
  Scheme scheme{};
  const auto rest = after_scheme(text, scheme);
  if (!rest || rest->starts_with('[')) return false;
  const std::size_t colon = rest->find(':');
  return colon == rest->rfind(':') && is_name(rest->substr(0, colon));
}

Result<HostName> parse_host_name(std::string_view text) {
  HostName name;
  const auto rest = after_scheme(text, name.scheme);
  ASSERT(rest);
  auto parts = split(*rest);
  if (!parts) return in_address(std::move(parts).error(), text);
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  if (parts->host.find_first_not_of(kCharacters) != std::string::npos) {
    return in_address(
        Error{"a host name consists of letters of ASCII, digits, hyphens, dots and underscores"},
        text);
  }
  if (parts->host.size() > kHostNameMax) {
    return in_address(Error{"the host name has " + std::to_string(parts->host.size()) +
                            " bytes; the limit is " + std::to_string(kHostNameMax)},
                      text);
  }
  name.name = std::move(parts->host);
  name.port = parts->port;
  return name;
}

bool is_internet(const Address& address) {
  return address.family() == AF_INET || address.family() == AF_INET6;
}

bool is_wildcard(const Address& address) {
  if (address.family() == AF_INET)
    return load<sockaddr_in>(address).sin_addr.s_addr == htonl(INADDR_ANY);
  if (address.family() != AF_INET6) return false;
  const auto inet = load<sockaddr_in6>(address);
  return IN6_IS_ADDR_UNSPECIFIED(&inet.sin6_addr);
}

Address wildcard_of(Address::Scheme scheme, int family) {
  Address address;
  address.scheme = scheme;
  if (family == AF_INET6) {
    sockaddr_in6 inet{};
    inet.sin6_family = AF_INET6;
    store(address, inet);
  } else {
    set_ipv4(address, in_addr{.s_addr = htonl(INADDR_ANY)}, 0);
  }
  return address;
}

bool same_host(const Address& a, const Address& b) {
  if (a.family() != b.family()) return false;
  if (a.family() == AF_INET)
    return load<sockaddr_in>(a).sin_addr.s_addr == load<sockaddr_in>(b).sin_addr.s_addr;
  if (a.family() != AF_INET6) return false;
  const auto first = load<sockaddr_in6>(a), second = load<sockaddr_in6>(b);
  return IN6_ARE_ADDR_EQUAL(&first.sin6_addr, &second.sin6_addr) != 0 &&
         first.sin6_scope_id == second.sin6_scope_id;
}

std::uint16_t port_of(const Address& address) {
  if (address.family() == AF_INET) return ntohs(load<sockaddr_in>(address).sin_port);
  if (address.family() == AF_INET6) return ntohs(load<sockaddr_in6>(address).sin6_port);
  return 0;
}

Address with_port(Address address, std::uint16_t port) {
  if (address.family() == AF_INET) {
    auto inet = load<sockaddr_in>(address);
    inet.sin_port = htons(port);
    store(address, inet);
  } else if (address.family() == AF_INET6) {
    auto inet = load<sockaddr_in6>(address);
    inet.sin6_port = htons(port);
    store(address, inet);
  }
  return address;
}

Address with_host_of(const Address& address, const Address& host) {
  Address at_host = with_port(host, port_of(address));
  at_host.scheme = address.scheme;
  return at_host;
}

Address local_target(const Address& listener) {
  if (!is_wildcard(listener)) return listener;
  Address loopback;
  if (listener.family() == AF_INET) {
    set_ipv4(loopback, in_addr{.s_addr = htonl(INADDR_LOOPBACK)}, 0);
  } else {
    sockaddr_in6 inet{};
    inet.sin6_family = AF_INET6;
    inet.sin6_addr = in6addr_loopback;
    store(loopback, inet);
  }
  return with_host_of(listener, loopback);
}

}  // namespace sockmark
