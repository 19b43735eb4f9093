// A closed loop over an invented path that loses, delays, reorders, duplicates and blocks, in
// virtual time. The path keeps its own ledger, and the session's figures must be the ledger's.

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/random.h"
#include "bench/load/session.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kWindowStart = instant_from_ns(5'000'000'000);
constexpr Instant kWindowEnd = kWindowStart + 2s;
constexpr Nanoseconds kPropertyTmax = 100ms;
constexpr Nanoseconds kTick = 10ms;

struct PathOptions {
  std::uint64_t seed = 0, depth = 1;
  double loss = 0, duplication = 0, lateness = 0, blocking = 0;
};

// One message of either phase, as the path knows it.
struct Carried {
  WireHeader header;
  Instant sent;
  Instant first_copy = Instant::max();
  std::uint64_t copies_in_time = 0, copies_late = 0;
};

class VirtualRun {
 public:
  explicit VirtualRun(const PathOptions& options)
      : options_(options),
        random_(options.seed),
        recorder_(kWindowStart, kWindowEnd),
        session_({.pace = Pace::closed,
                  .echo = true,
                  .depth = options.depth,
                  .batch = 1,
                  .size = 64,
                  .connection = 0,
                  .flows = {.base = 17},
                  .tmax = kPropertyTmax},
                 recorder_) {}

  // Returns whether the session came to rest by itself.
  bool run() {
    Instant next_tick = kWindowStart - 300ms;
    for (Instant now = next_tick; now <= kWindowEnd + 2 * kPropertyTmax + kTick;) {
      if (now == next_tick) {
        session_.expire(now);
        next_tick += kTick;
      }
      deliver(now);
      offer(now);
      check_depth(now);
      if (now >= kWindowEnd && session_.idle()) return true;
      now = in_flight_.empty() ? next_tick : std::min(next_tick, in_flight_.begin()->first);
    }
    return false;
  }

  void check_ledger() {
    session_.tracker().finish(session_.sent());
    std::uint64_t sent = 0, received = 0, duplicates = 0, late_arrivals = 0, late = 0;
    for (const auto& message : carried_) {
      if (!message.header.measured) continue;
      ++sent;
      received += message.copies_in_time > 0;
      late += message.copies_in_time == 0 && message.copies_late > 0;
      duplicates += message.copies_in_time > 0 ? message.copies_in_time - 1 : 0;
      late_arrivals += message.copies_late;
    }
    const auto& sequence = recorder_.sequence;
    EXPECT_EQ(session_.sent(), sent);
    EXPECT_EQ(sequence.sent, sent);
    EXPECT_EQ(sequence.received, received);
    EXPECT_EQ(sequence.lost, sent - received);
    EXPECT_EQ(sequence.duplicates, duplicates);
    EXPECT_EQ(sequence.late_arrivals, late_arrivals);
    EXPECT_EQ(sequence.late, late);
    EXPECT_EQ(recorder_.response_time.count(), received);
    EXPECT_EQ(recorder_.send_block.count(), sent);
    EXPECT_EQ(recorder_.counts.sent_messages, sent);
    EXPECT_EQ(recorder_.integrity.spurious, 0U);
    EXPECT_GT(received, 0U);
  }

 private:
  bool happens(double probability) { return random_.unit() <= probability; }
  Nanoseconds up_to(Nanoseconds limit) {
    return Nanoseconds(
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(ns(limit)))));
  }

  void offer(Instant now) {
    const auto due = session_.due(now);
    std::size_t count = due.size();
    if (count > 0 && happens(options_.blocking)) count = random_.below(count);
    for (const auto& message : due.first(count)) send(message.header, now);
    session_.taken(count, now);
  }

  void send(const WireHeader& header, Instant now) {
    carried_.push_back({.header = header, .sent = now});
    const std::size_t index = carried_.size() - 1;
    if (happens(options_.loss)) return;
    const bool late = happens(options_.lateness);
    const Instant arrival = now + (late ? kPropertyTmax + 1ns + up_to(20ms) : 1us + up_to(3ms));
    in_flight_.emplace(arrival, index);
    if (happens(options_.duplication)) in_flight_.emplace(arrival + up_to(5ms), index);
  }

  void deliver(Instant now) {
    for (; !in_flight_.empty() && in_flight_.begin()->first <= now;
         in_flight_.erase(in_flight_.begin())) {
      auto& message = carried_[in_flight_.begin()->second];
      message.first_copy = std::min(message.first_copy, now);
      ++(now - message.sent <= kPropertyTmax ? message.copies_in_time : message.copies_late);
      session_.returned(message.header, now);
    }
  }

  void check_depth(Instant now) {
    std::uint64_t open = 0;
    for (auto message = carried_.rbegin();
         message != carried_.rend() && now - message->sent <= kPropertyTmax; ++message) {
      open += message->first_copy == Instant::max();
    }
    ASSERT_LE(open, options_.depth);
    // What waits to be taken has its place too.
    ASSERT_LE(open + session_.due(now).size(), options_.depth);
  }

  const PathOptions options_;
  Random random_;
  Recorder recorder_;
  Session session_;
  std::vector<Carried> carried_;
  std::multimap<Instant, std::size_t> in_flight_;
};

TEST(SessionProperty, TheSessionsFiguresAreThoseOfThePath) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (const std::uint64_t depth : {1U, 2U, 3U, 8U}) {
      const PathOptions paths[] = {
          {.seed = seed, .depth = depth},
          {.seed = seed, .depth = depth, .loss = 0.02},
          {.seed = seed, .depth = depth, .duplication = 0.2, .blocking = 0.3},
          {.seed = seed,
           .depth = depth,
           .loss = 0.01,
           .duplication = 0.1,
           .lateness = 0.02,
           .blocking = 0.2}};
      for (const auto& path : paths) {
        SCOPED_TRACE(testing::Message()
                     << "seed " << seed << ", depth " << depth << ", path " << &path - paths);
        VirtualRun run(path);
        EXPECT_TRUE(run.run()) << "the session did not come to rest";
        run.check_ledger();
        if (HasFailure()) return;
      }
    }
  }
}

TEST(SessionProperty, APathThatLosesEverythingEndsToo) {
  const PathOptions path{.seed = 1, .depth = 4, .loss = 1};
  VirtualRun run(path);
  EXPECT_TRUE(run.run());
}

}  // namespace
}  // namespace sockmark
