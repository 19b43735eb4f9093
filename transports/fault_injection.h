// Impairs what arrives on a channel, exactly and without privileges: loss, duplicates, reordering,
// delay and damage, decided message by message by the caller, with a ledger of what was done.
//
// It sits above the socket, at the receiving end: what the kernel lost was lost before, and what is
// forwarded is, message for message, what a meter above sees. So measured equals injected to the
// last count, whatever the kernel did. What is sent passes through.
//
// What happens to a message is its fate, a pure function of its identity and not of the order of
// arrival: the same fates give the same ledger whatever the timing, and two ends agree without
// talking. Only delays, and what is held when nothing follows, depend on the clock.
//
// Threading: an Injector and the channels that it impairs belong to one thread at a time.

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

// Which message it is: its number among those of its flow. Numbers start at 0.
struct MessageIdentity {
  std::uint64_t flow = 0;
  std::uint64_t seq = 0;
  bool counted = true;  // enters the ledger; what does not is impaired all the same
};

// What happens to a message, in the order in which it happens. A default Fate is: nothing.
struct Fate {
  bool drop = false;           // at once; the rest does not matter then
  Nanoseconds delay{0};        // after its arrival
  bool corrupt = false;        // one bit of its last byte is flipped
  bool truncate = false;       // its last byte is cut off, without a mark (Received::truncated)
  std::uint32_t hold_for = 0;  // forwarded directly behind so many messages that came after it
  std::uint32_t copies = 0;    // forwarded besides the message itself, as it is by then
  Nanoseconds copy_delay{0};   // after the message itself was forwarded
};

// What was done, and what left. Plain data; of `counted` messages only. What is said of messages
// that arrived includes those that arrived again, because an earlier hop copied them.
struct ImpairmentLedger {
  std::uint64_t sent = 0;        // out, through send(); all else is of what came in
  std::uint64_t arrived = 0;     // came out of the kernel
  std::uint64_t dropped = 0;     // of those that arrived
  std::uint64_t delayed = 0;     // of those that arrived
  std::uint64_t held = 0;        // to be overtaken; whether they were is `reordered`
  std::uint64_t corrupted = 0;   // forwarded so, copies included
  std::uint64_t truncated = 0;   // forwarded so, copies included; not in `corrupted`
  std::uint64_t duplicated = 0;  // intact copies made here and forwarded
  std::uint64_t repeated = 0;    // forwarded intact, but were forwarded intact before
  std::uint64_t kept = 0;        // delayed or held, and not forwarded yet, or never

  // The first intact copies, as they were forwarded: RFC 4737 applied to each flow.
  std::uint64_t forwarded = 0;
  std::uint64_t reordered = 0;  // a larger number was forwarded before (sections 3.3 and 3.4)
  // By reordering extent (section 4.2.3): how many places behind the earliest larger number. Under
  // 0 are those whose earliest larger number is no longer known, see Injector.
  std::map<std::uint64_t, std::uint64_t> extents;

  // Must: of other channels. The two ends of a path keep ledgers of their own, whose `sent`,
  // `arrived`, `forwarded`, `reordered` and `extents` mean different things.
  void add(const ImpairmentLedger& other);
};

// What one thread's channels share: who decides, and the ledger. Must: outlives its channels.
//
// Memory: what is delayed or held, one bit for each message of a flow, and 48 bytes for each of the
// last kRememberedGaps gaps in the numbers that a flow forwarded. A message that fills a gap older
// than these is reordered by an extent that is not known any more.
class Injector {
 public:
  static constexpr std::size_t kRememberedGaps = 65'536;

  struct Options {
    // Absent: not one of the caller's messages (or not intact); it is forwarded as it is. Must: an
    // identified message has at least one byte.
    std::function<std::optional<MessageIdentity>(Message)> identify;
    std::function<Fate(const MessageIdentity&)> fate;  // Must: the same answer each time
    // When nothing came on a channel for so long (a delayed message comes when its delay is over),
    // what is held there is let go, although it was not overtaken: a closed loop waits for just
    // that message. Must: > 0.
    Nanoseconds quiet = std::chrono::milliseconds(50);
  };

  explicit Injector(Options options);
  Injector(Injector&&) noexcept;
  Injector& operator=(Injector&&) noexcept;
  ~Injector();

  // A channel whose messages suffer their fates; connected or not yet. Costs two descriptors.
  // Must: `inner` keeps one descriptor for life, and its transport keeps message boundaries.
  //
  // Both readinesses are POLLIN, because what is polled is an epoll descriptor with the inner
  // channel's and a timer in it: it is readable while something can be received or is to be let go
  // and, after a send would have blocked, while another could go on. So who waits only for room is
  // woken by arrivals as well.
  // The end of the inner channel (closed, broken, failed) is reported after what was delayed has
  // been let go in its time. Destroying the channel loses what it keeps.
  // Errors: no descriptors left.
  [[nodiscard]] Result<std::unique_ptr<Channel>> impair(std::unique_ptr<Channel> inner);

  [[nodiscard]] const ImpairmentLedger& ledger() const;

  struct State;  // impaired.cc

 private:
  std::unique_ptr<State> state_;
};

}  // namespace sockmark
