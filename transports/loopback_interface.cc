#include "transports/loopback_interface.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "base/descriptor.h"

namespace sockmark {

std::optional<LoopbackInterface> read_loopback_interface() {
  // Any kind of socket takes these calls; this one needs no IP.
  const Descriptor any(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (!any || ::ioctl(any.get(), SIOCGIFFLAGS, &request) != 0) return std::nullopt;
  LoopbackInterface loopback{.up = (request.ifr_flags & IFF_UP) != 0, .mtu_bytes = 0};
  if (::ioctl(any.get(), SIOCGIFMTU, &request) != 0) return std::nullopt;
  loopback.mtu_bytes = static_cast<std::size_t>(request.ifr_mtu);
  return loopback;
}

}  // namespace sockmark
