// Injects faults into the messages that arrive on a channel, without privileges: loss, duplicates,
// reordering, delay and damage. The caller decides for each message; a ledger counts the injected
// faults exactly.
//
// The injector is above the socket, at the receiving end: losses in the kernel come before it, and
// a meter above it sees exactly the messages that it forwards. So the measured numbers equal the
// injected ones, whatever the kernel did. Sent messages pass through unchanged.
//
// The decision is a pure function of the message's identity, not of the order of arrival: the same
// decisions give the same ledger with any timing, and two ends agree without communication. Only
// delays, and the release of held messages when nothing follows, depend on the clock.
//
// Threading: a FaultInjector and its channels belong to one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "transports/transport.h"

namespace sockmark {

// The identity of a message: its flow and its number in the flow, from 0.
struct MessageIdentity {
  std::uint64_t flow = 0;
  std::uint64_t seq = 0;
  bool counted = true;  // is in the ledger; faults are injected into other messages too
};

// The faults of a message, in the order in which they are injected. Default: none.
struct FaultDecision {
  bool drop = false;           // at once; the other faults are ignored
  Nanoseconds delay{0};        // after its arrival
  bool corrupt = false;        // one bit of its last byte is flipped
  bool truncate = false;       // its last byte is cut off, without a mark (Received::truncated)
  std::uint32_t hold_for = 0;  // forwarded directly after this number of later messages
  std::uint32_t copies = 0;    // of the message after its other faults, forwarded in addition
  Nanoseconds copy_delay{0};   // after the message itself was forwarded
};

// Counts of injected faults and of forwarded messages. Plain data; of `counted` messages only. The
// numbers of arrived messages include duplicates made by an earlier hop.
struct FaultLedger {
  std::uint64_t sent = 0;        // through send(); all other counts are of received messages
  std::uint64_t arrived = 0;     // received from the kernel
  std::uint64_t dropped = 0;     // of those that arrived
  std::uint64_t delayed = 0;     // of those that arrived
  std::uint64_t held = 0;        // to be overtaken; `reordered` counts those that were
  std::uint64_t corrupted = 0;   // forwarded so, copies included
  std::uint64_t truncated = 0;   // forwarded so, copies included; not in `corrupted`
  std::uint64_t duplicated = 0;  // intact copies made here and forwarded
  std::uint64_t repeated = 0;    // arrived again and forwarded intact again
  std::uint64_t kept = 0;        // delayed or held, and not forwarded (yet)

  // The first intact copies, as they were forwarded: RFC 4737 applied to each flow.
  std::uint64_t forwarded = 0;
  std::uint64_t reordered = 0;  // a larger number was forwarded before (sections 3.3 and 3.4)
  // By reordering extent (section 4.2.3): the number of places after the earliest larger number. 0
  // stands for an unknown extent, see FaultInjector.
  std::map<std::uint64_t, std::uint64_t> extents;

  // Must: of other channels of the same end. `sent`, `arrived`, `forwarded`, `reordered` and
  // `extents` of the two ends of a path have different meanings.
  void add(const FaultLedger& other);
};

// The decision function and the ledger that the channels of one thread share. Must: outlives its
// channels.
//
// Memory: delayed and held messages, one bit for each message of a flow, and 48 bytes for each of
// the last kRememberedGaps gaps in the numbers that a flow forwarded. The reordering extent of a
// message that fills an older gap is unknown.
class FaultInjector {
 public:
  static constexpr std::size_t kRememberedGaps = 65'536;

  struct Options {
    // Absent: not one of the caller's messages (or not intact); it is forwarded unchanged. Must: an
    // identified message has at least one byte.
    std::function<std::optional<MessageIdentity>(Message)> identify;
    std::function<FaultDecision(const MessageIdentity&)> decide;  // Must: a pure function
    // Held messages of a channel are released after this time without an arrival (a delayed message
    // arrives at the end of its delay), although they were not overtaken: a closed loop waits for
    // them. Must: > 0.
    Nanoseconds quiet = std::chrono::milliseconds(50);
  };

  explicit FaultInjector(Options options);
  FaultInjector(FaultInjector&&) noexcept;
  FaultInjector& operator=(FaultInjector&&) noexcept;
  ~FaultInjector();

  // A channel that injects faults into the messages of `inner`, connected or not yet. Costs two
  // descriptors. Must: `inner` keeps one descriptor for life, and its transport keeps message
  // boundaries.
  //
  // Both readinesses are POLLIN, because the descriptor is an epoll descriptor that contains the
  // inner channel's and a timer: it is readable while a message can be received or released and,
  // after a send would have blocked, while another send can proceed. So a caller that waits only to
  // send is also woken by arrivals.
  // The end of the inner channel (closed, broken, failed) is reported after all delayed messages
  // were forwarded. Destroying the channel loses the messages that it keeps.
  // Errors: no descriptors left.
  [[nodiscard]] Result<std::unique_ptr<Channel>> wrap(std::unique_ptr<Channel> inner);

  [[nodiscard]] const FaultLedger& ledger() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace sockmark
