#include "transports/sockets/datagram_destination.h"

#include <cstring>

namespace sockmark {
namespace {

template <class T>
T pktinfo_in(cmsghdr* control) {
  T info;
  std::memcpy(&info, CMSG_DATA(control), sizeof info);
  return info;
}

template <class T>
void append_pktinfo(msghdr& header, DestinationControl& control, int level, int type,
                    const T& info) {
  header.msg_control = control.bytes.data();
  header.msg_controllen = CMSG_SPACE(sizeof info);
  cmsghdr* const first = CMSG_FIRSTHDR(&header);
  first->cmsg_level = level;
  first->cmsg_type = type;
  first->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(first), &info, sizeof info);
}

}  // namespace

std::optional<Address> destination_of(msghdr& received, const Address& listener) {
  Address destination = listener;
  for (cmsghdr* control = CMSG_FIRSTHDR(&received); control != nullptr;
       control = CMSG_NXTHDR(&received, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      sockaddr_in inet;
      std::memcpy(&inet, &listener.storage, sizeof inet);
      // Unlike ipi_addr this is an address of this machine for a broadcast too.
      inet.sin_addr = pktinfo_in<in_pktinfo>(control).ipi_spec_dst;
      std::memcpy(&destination.storage, &inet, sizeof inet);
      return destination;
    }
    if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      const auto info = pktinfo_in<in6_pktinfo>(control);
      if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) return std::nullopt;
      sockaddr_in6 inet;
      std::memcpy(&inet, &listener.storage, sizeof inet);
      inet.sin6_addr = info.ipi6_addr;
      // A link-local address is one of an interface.
      if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) inet.sin6_scope_id = info.ipi6_ifindex;
      std::memcpy(&destination.storage, &inet, sizeof inet);
      return destination;
    }
  }
  return std::nullopt;
}

void set_source(msghdr& header, DestinationControl& control, const Address& source) {
  if (source.family() == AF_INET) {
    sockaddr_in inet;
    std::memcpy(&inet, &source.storage, sizeof inet);
    append_pktinfo(header, control, IPPROTO_IP, IP_PKTINFO,
                   in_pktinfo{.ipi_ifindex = 0, .ipi_spec_dst = inet.sin_addr, .ipi_addr = {}});
  } else if (source.family() == AF_INET6) {
    sockaddr_in6 inet;
    std::memcpy(&inet, &source.storage, sizeof inet);
    append_pktinfo(header, control, IPPROTO_IPV6, IPV6_PKTINFO,
                   in6_pktinfo{.ipi6_addr = inet.sin6_addr, .ipi6_ifindex = inet.sin6_scope_id});
  }
}

}  // namespace sockmark
