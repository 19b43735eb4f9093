// Listeners and channels over a byte stream, for tcp.cc and unix_stream.cc: they differ in the
// address family, which is in the address.

#pragma once

#include <memory>

#include "base/result.h"
#include "transports/transport.h"

namespace sockmark {

[[nodiscard]] Result<std::unique_ptr<Listener>> listen_stream(const Address& address,
                                                              const ChannelOptions& options);
[[nodiscard]] Result<std::unique_ptr<Channel>> connect_stream(const Address& address,
                                                              const ChannelOptions& options);

}  // namespace sockmark
