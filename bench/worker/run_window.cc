#include "bench/worker/run_window.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/temporary_directory.h"
#include "bench/load/load_limits.h"

namespace sockmark {

Result<Window> window_of(const StartMessage& start, const CaseSpec& spec) {
  const Window window{instant_from_ns(start.t0_ns), instant_from_ns(start.t1_ns)};
  if (window.t1 - window.t0 != spec.duration)
    return Error{"control channel: the length of the window differs from the duration of the case"};
  return window;
}

Result<> shorten(Window& window, const ControlFrame& frame) {
  const auto stop = TRY(as_message<StopMessage>(frame));
  const Instant end = instant_from_ns(stop.t1_ns);
  if (end <= window.t0 || end > window.t1)
    return Error{"control channel: the window cannot end at this instant"};
  window.end = end;
  return {};
}

Nanoseconds drain_of(const CaseSpec& spec, const Window& window) {
  return window.end < window.t1 ? std::min(spec.tmax, kInterruptedDrain) : spec.tmax;
}

void exit_at_once(const std::string& directory) {
  remove_directory(directory);
  ::_exit(1);
}

const char* loopback_host(int family) { return family == AF_INET6 ? "::1" : "127.0.0.1"; }

}  // namespace sockmark
