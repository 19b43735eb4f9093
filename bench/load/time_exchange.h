// Two-way time transfer between the ends of a run, over UDP beside the data
// (docs/definitions/clocks.md#exchanges): what the clocks of two machines are compared by.
//
// The main thread of each end makes the exchanges; the threads that measure take no part. A request
// has as many bytes as its reply, and only a peer with the run's token gets one (transport.h).
// Threading: one thread.

#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/clock_lines.h"
#include "transports/transport.h"

namespace sockmark {

// The exchanges of the round before and of the round after a run, a millisecond apart, and those
// between.
inline constexpr std::uint64_t kTimeExchangesOfRound = 200;
inline constexpr Nanoseconds kTimeExchangeInterval = std::chrono::milliseconds(100);

// The responder's side.
class TimeServer {
 public:
  // At a free port of the host of `address`. Errors name the address.
  [[nodiscard]] static Result<TimeServer> listen(const Address& address,
                                                 const ChannelOptions& options);

  [[nodiscard]] const Address& local() const { return listener_->local(); }
  // Adds the descriptors that become readable with a request.
  void watch(std::vector<pollfd>& entries) const;
  // Answers all requests that have arrived. Never blocks.
  void serve();

 private:
  TimeServer(std::unique_ptr<Listener> listener);

  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<Channel>> peers_;
  std::unique_ptr<Scratch> scratch_;
};

// The generator's side.
class TimeClient {
 public:
  // Errors name the address.
  [[nodiscard]] static Result<TimeClient> connect(const Address& server,
                                                  const ChannelOptions& options, Instant deadline);

  // Makes kTimeExchangesOfRound exchanges. Blocks: for 0.2 s and a few round trips, or for 1 s if
  // nothing is answered. Returns the number that were answered.
  std::uint64_t round(ClockConstraints& constraints);

  [[nodiscard]] int descriptor() const { return channel_->descriptor(); }
  void ask();  // one request; never blocks
  // Takes the replies that have arrived. Never blocks. Returns their number.
  std::uint64_t take(ClockConstraints& constraints);

 private:
  explicit TimeClient(std::unique_ptr<Channel> channel);
  void wait_for_reply(Instant until) const;

  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Scratch> scratch_;
  std::uint64_t latest_ = 0;  // the number of the latest request
};

}  // namespace sockmark
