// Takes netlink messages and their attributes apart (netlink(7), rtnetlink(7)).
//
// Pure; any thread.

#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

namespace sockmark {

// A message or an attribute at the front of some bytes: its header, its content, and the distance
// to the next one. The macros of linux/netlink.h are not used: they cast away alignment and sign.
template <class Header, auto Length>
struct NetlinkFramed {
  Header header{};
  std::string_view content;
  std::size_t whole = 0;

  // None if the bytes do not begin with one.
  static std::optional<NetlinkFramed> first_of(std::string_view bytes) {
    NetlinkFramed result;
    if (bytes.size() < sizeof(Header)) return std::nullopt;
    std::memcpy(&result.header, bytes.data(), sizeof(Header));
    const std::size_t length = result.header.*Length;
    if (length < sizeof(Header) || length > bytes.size()) return std::nullopt;
    result.content = bytes.substr(sizeof(Header), length - sizeof(Header));
    result.whole = std::min(bytes.size(), (length + 3) & ~std::size_t{3});
    return result;
  }
};
using NetlinkMessage = NetlinkFramed<nlmsghdr, &nlmsghdr::nlmsg_len>;
using NetlinkAttribute = NetlinkFramed<rtattr, &rtattr::rta_len>;

}  // namespace sockmark
