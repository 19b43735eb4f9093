#include "transports/host_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/descriptor.h"
#include "base/netlink.h"

namespace sockmark {

bool is_local_only(const Address& of) {
  const sockaddr* address = of.get();
  if (address->sa_family == AF_INET) {
    const auto* inet = reinterpret_cast<const sockaddr_in*>(address);
    const auto host = ntohl(inet->sin_addr.s_addr);
    return host >> 24 == 127 || host >> 16 == 0xA9FE;  // 169.254.0.0/16 (RFC 3927)
  }
  const auto* inet = reinterpret_cast<const sockaddr_in6*>(address);
  return IN6_IS_ADDR_LOOPBACK(&inet->sin6_addr) || IN6_IS_ADDR_LINKLOCAL(&inet->sin6_addr);
}

std::vector<std::string> host_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
  std::vector<std::string> hosts;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    Address host;
    host.length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::memcpy(&host.storage, entry->ifa_addr, host.length);
    if (!is_local_only(host)) hosts.push_back(host_text(host));
  }
  return hosts;
}

std::optional<std::string> route_source(const Address& host) {
  const Address to = with_port(host, 9);  // any port but 0
  const Descriptor socket(::socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), to.get(), to.length) != 0) return std::nullopt;
  Address source = host;
  source.length = sizeof source.storage;
  auto* storage = reinterpret_cast<sockaddr*>(&source.storage);
  if (::getsockname(socket.get(), storage, &source.length) != 0) return std::nullopt;
  return host_text(source);
}

namespace {

template <class Value>
void append(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_attribute(std::string& bytes, unsigned short type, std::string_view value) {
  append(bytes, rtattr{.rta_len = static_cast<unsigned short>(sizeof(rtattr) + value.size()),
                       .rta_type = type});
  bytes += value;  // its length is a multiple of 4
}

// RTM_GETROUTE for one host.
std::string route_request(const Address& host) {
  std::string_view bytes(reinterpret_cast<const char*>(&host.storage), sizeof host.storage);
  int scope = 0;  // the interface of a link-local address
  if (host.family() == AF_INET) {
    bytes = bytes.substr(offsetof(sockaddr_in, sin_addr), sizeof(in_addr));
  } else {
    std::memcpy(&scope, bytes.data() + offsetof(sockaddr_in6, sin6_scope_id), sizeof scope);
    bytes = bytes.substr(offsetof(sockaddr_in6, sin6_addr), sizeof(in6_addr));
  }
  rtmsg route{};
  route.rtm_family = static_cast<unsigned char>(host.family());
  route.rtm_dst_len = static_cast<unsigned char>(8 * bytes.size());
  std::string content;
  append(content, route);
  append_attribute(content, RTA_DST, bytes);
  if (scope != 0)
    append_attribute(content, RTA_OIF, {reinterpret_cast<const char*>(&scope), sizeof scope});
  nlmsghdr header{};
  header.nlmsg_len = static_cast<decltype(header.nlmsg_len)>(sizeof header + content.size());
  header.nlmsg_type = RTM_GETROUTE;
  header.nlmsg_flags = NLM_F_REQUEST;
  std::string request;
  append(request, header);
  return request + content;
}

}  // namespace

std::optional<std::string> route_interface(const Address& host) {
  if (!is_internet(host)) return std::nullopt;
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  const std::string request = route_request(host);
  // The kernel answers within send(), so the answer is there already.
  if (!socket || ::send(socket.get(), request.data(), request.size(), 0) < 0) return std::nullopt;
  std::array<char, 8192> bytes;
  const auto size = ::recv(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size <= 0) return std::nullopt;
  const auto answer = NetlinkMessage::first_of({bytes.data(), static_cast<std::size_t>(size)});
  if (!answer || answer->header.nlmsg_type != RTM_NEWROUTE ||
      answer->content.size() < sizeof(rtmsg))
    return std::nullopt;
  std::string_view content = answer->content.substr(sizeof(rtmsg));
  while (const auto attribute = NetlinkAttribute::first_of(content)) {
    content.remove_prefix(attribute->whole);
    unsigned index = 0;
    if (attribute->header.rta_type != RTA_OIF || attribute->content.size() != sizeof index)
      continue;
    std::memcpy(&index, attribute->content.data(), sizeof index);
    std::array<char, IF_NAMESIZE> name{};
    if (::if_indextoname(index, name.data()) != nullptr) return name.data();
  }
  return std::nullopt;
}

}  // namespace sockmark
