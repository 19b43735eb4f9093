#include <poll.h>

#include <algorithm>
#include <chrono>

#include "transports/transport.h"

namespace sockmark {

Result<> establish(Channel& channel, Instant deadline) {
  using std::chrono::milliseconds;
  for (;;) {
    const Instant start = now();
    const Handshake state = channel.handshake(start);
    if (state == Handshake::established) return {};
    if (state == Handshake::failed || start >= deadline) return channel.handshake_error();

    const auto left = std::chrono::ceil<milliseconds>(deadline - start);
    // A datagram may be lost, so the wait for one is limited.
    milliseconds limit = std::min(left, milliseconds(20));
    pollfd wait{.fd = channel.descriptor(), .events = 0, .revents = 0};
    if (state == Handshake::wants_receive) wait.events = channel.readiness().to_receive;
    if (state == Handshake::wants_send) {
      wait.events = channel.readiness().to_send;
      limit = std::min<milliseconds>(left, std::chrono::hours(1));
    }
    if (state == Handshake::wants_retry) {
      wait.fd = -1;
      limit = milliseconds(1);
    }
    // Any end of the wait, EINTR included, is handled by the next handshake().
    static_cast<void>(::poll(&wait, 1, static_cast<int>(limit.count())));
  }
}

}  // namespace sockmark
