// The acceptance experiments (numbered as in docs/development/experiments.md): each injects a known
// fault and demands exactly that from the report. Those that need processes of their own are in
// tests/end_to_end.
//
// A run sends what its schedule says however slow this machine is. What a slow machine can change
// is known: UDP's kernel may drop, which shows as messages that did not arrive at the injector, and
// the injector lets go what it holds when nothing comes for a while, which shows as a lull.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/descriptor.h"
#include "base/random.h"
#include "base/temporary_directory.h"
#include "bench/plan/schedule.h"
#include "reports/model/sections.h"
#include "tests/bench/load/exchange.h"
#include "tests/measure/flow.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;
using namespace rig;

// What an injector saw of the only connection's window.
struct Log {
  std::vector<std::uint64_t> numbers;  // in the order of their arrival
  Instant last = Instant::max();
  Nanoseconds longest_lull{0};

  // Whether something that was held may have been let go before it was overtaken. Half of what it
  // takes, as the log's clock is read a little after the injector's.
  [[nodiscard]] bool lulled() const { return longest_lull > kQuiet / 2; }
};

FaultDecider scripted(Log& log, std::function<FaultDecision(std::uint64_t)> script) {
  return [&log, script = std::move(script)](const MessageIdentity& identity) {
    if (identity.flow != 1) return FaultDecision{};  // of warm-up, or of another run
    const Instant at = now();
    log.longest_lull = std::max(log.longest_lull, log.last == Instant::max() ? 0ns : at - log.last);
    log.last = at;
    log.numbers.push_back(identity.seq);
    return script(identity.seq);
  };
}

// How many of the numbers below `count` are `rest` more than a multiple of `modulus`.
std::uint64_t congruent(std::uint64_t count, std::uint64_t modulus, std::uint64_t rest) {
  return count > rest ? (count - rest - 1) / modulus + 1 : 0;
}

using FaultCell = std::pair<std::string_view, Workload>;

// Where the messages of a cell end, and are impaired on their last way to it.
class Experiment : public testing::TestWithParam<FaultCell> {
 protected:
  static constexpr double kRate = 20'000;
  static constexpr std::uint64_t kMessages = 10'000;

  static CaseSpec spec() {
    const auto [transport, workload] = GetParam();
    CaseSpec spec = case_for(transport, workload, WaitMode::sleep);
    spec.rate = kRate;
    spec.duration = 500ms;
    spec.tmax = 1s;
    return spec;
  }
  static bool one_way() { return GetParam().second == Workload::stream; }

  // A run in which `script` happens to the message of each number.
  Exchanged run(std::function<FaultDecision(std::uint64_t)> script, RunOptions run_options = {}) {
    (one_way() ? run_options.forward : run_options.reverse) = scripted(log_, std::move(script));
    Exchanged result = exchange(spec(), run_options);
    EXPECT_EQ(result.failures, std::vector<std::string>{});
    EXPECT_EQ(result.sent, kMessages);
    EXPECT_EQ(result.unsent, 0U);
    kernel_lost_ = result.sent - log_.numbers.size();
    EXPECT_TRUE(kernel_lost_ == 0 || GetParam().first == "udp") << kernel_lost_;
    EXPECT_EQ(meter(result).sequence.sent, result.sent);
    EXPECT_EQ(result.sent, meter(result).sequence.received + meter(result).sequence.lost);
    EXPECT_EQ(meter(result).response_time.count(), meter(result).sequence.received);
    return result;
  }
  static const Recorder& meter(const Exchanged& run) {
    return one_way() ? run.responder : run.generator;
  }
  static const FaultLedger& ledger(const Exchanged& run) {
    return one_way() ? run.forward : run.reverse;
  }
  // Of the `planned` messages all arrived to suffer it, but for some of those that the kernel lost.
  void expect_done(std::uint64_t count, std::uint64_t planned) const {
    EXPECT_LE(count, planned);
    EXPECT_GE(count + kernel_lost_, planned);
  }

  Log log_;
  std::uint64_t kernel_lost_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Over, Experiment,
                         testing::Values(FaultCell{"memory", Workload::rr},
                                         FaultCell{"udp", Workload::rr},
                                         FaultCell{"unix-dgram", Workload::stream},
                                         FaultCell{"udp", Workload::stream}),
                         [](const auto& cell) {
                           std::string name(cell.param.first);
                           std::erase(name, '-');
                           return name + "_" + std::string(name_of(cell.param.second));
                         });

// --- 3: duplicates hide losses ------------------------------------------------------------------

// iperf 3's rule, in which an arrival below the highest number seen takes a loss back
// (iperf_udp_recv): what this experiment distinguishes.
struct TakenBack {
  std::int64_t lost = 0;  // below the highest number: a loss at the end is not seen
  std::uint64_t out_of_order = 0;
  std::int64_t highest = -1;
};
TakenBack with_losses_taken_back(const std::vector<std::uint64_t>& forwarded) {
  TakenBack result;
  for (const auto number : forwarded) {
    const auto next = static_cast<std::int64_t>(number);
    if (next > result.highest) {
      result.lost += next - result.highest - 1;
      result.highest = next;
    } else {
      ++result.out_of_order;
      --result.lost;
    }
  }
  return result;
}

TEST_P(Experiment, DuplicatesHideNoLosses) {
  const auto script = [](std::uint64_t number) {
    return FaultDecision{.drop = number % 100 == 7,
                         .copies = number % 100 == 8 ? 1U : 0U,
                         .copy_delay = number % 200 < 100 ? 0ns : 50ms};
  };
  const Exchanged result = run(script);
  const auto& sequence = meter(result).sequence;
  expect_done(ledger(result).dropped, congruent(kMessages, 100, 7));
  expect_done(ledger(result).duplicated, congruent(kMessages, 100, 8));
  EXPECT_EQ(sequence.lost, ledger(result).dropped + kernel_lost_);
  EXPECT_EQ(sequence.duplicates, ledger(result).duplicated);
  EXPECT_EQ(sequence.replicated_packets, ledger(result).duplicated);
  EXPECT_EQ(sequence.reordering.reordered, 0U);
  EXPECT_EQ(sequence.late, 0U);

  std::vector<std::uint64_t> forwarded;
  for (const auto number : log_.numbers) {
    const FaultDecision decision = script(number);
    if (!decision.drop) forwarded.insert(forwarded.end(), decision.copies + 1U, number);
  }
  const TakenBack taken_back = with_losses_taken_back(forwarded);
  const std::int64_t lost_at_end = static_cast<std::int64_t>(kMessages) - 1 - taken_back.highest;
  EXPECT_EQ(taken_back.lost + lost_at_end, static_cast<std::int64_t>(sequence.lost) -
                                               static_cast<std::int64_t>(sequence.duplicates))
      << "a meter that took duplicates for late originals would see no loss";
  EXPECT_EQ(taken_back.out_of_order, sequence.duplicates);
}

// --- 4: reordering miscalled loss, and the reverse ----------------------------------------------

TEST_P(Experiment, ReorderingIsNoLossAndHasItsExtent) {
  const Exchanged result = run(
      [](std::uint64_t number) { return FaultDecision{.hold_for = number % 50 == 10 ? 5U : 0U}; });
  const auto& sequence = meter(result).sequence;
  const auto& reordering = sequence.reordering;
  const auto& extents = reordering.extents;
  EXPECT_EQ(sequence.lost, kernel_lost_);
  EXPECT_EQ(sequence.duplicates, 0U);
  EXPECT_EQ(reordering.reordered, ledger(result).reordered);
  EXPECT_EQ(extents, ledger(result).extents);
  const auto runs = sequence.free_runs();
  EXPECT_EQ(runs.p, runs.x + runs.a);
  EXPECT_EQ(runs.p, sequence.received);
  EXPECT_EQ(runs.x, reordering.reordered);
  // Each is alone among messages in order: all that it is behind, it is directly behind.
  const auto degrees = reordering.n_reordering();
  for (std::uint64_t n = 1; n <= 6; ++n) {
    std::uint64_t as_far = 0;
    for (const auto& [extent, count] : extents) as_far += extent >= n ? count : 0;
    EXPECT_EQ(n <= degrees.size() ? degrees[n - 1] : 0, as_far) << n;
  }
  if (log_.lulled()) return;
  expect_done(reordering.reordered, congruent(kMessages, 50, 10));
  EXPECT_EQ(extents, (CountsByLength{{5, reordering.reordered}}));
}

// What an injector forwards, for decisions that need no clock.
std::vector<std::uint64_t> forwarded(const std::vector<std::uint64_t>& arrivals,
                                     const std::function<FaultDecision(std::uint64_t)>& script) {
  struct Held {
    std::size_t place;
    std::uint64_t number;
    std::uint32_t left;
  };
  std::vector<Held> held;
  std::vector<std::uint64_t> out;
  const std::function<void(std::size_t, std::uint64_t)> pass = [&](std::size_t place,
                                                                   std::uint64_t number) {
    out.insert(out.end(), script(number).copies + 1U, number);
    for (auto& one : held) one.left -= one.place < place ? 1 : 0;
    for (;;) {
      const auto next = std::ranges::find(held, 0U, &Held::left);
      if (next == held.end()) return;
      const Held freed = *next;
      held.erase(next);
      pass(freed.place, freed.number);
    }
  };
  for (std::size_t place = 0; place < arrivals.size(); ++place) {
    const FaultDecision decision = script(arrivals[place]);
    if (decision.drop) continue;
    if (decision.hold_for > 0) {
      held.push_back({place, arrivals[place], decision.hold_for});
    } else {
      pass(place, arrivals[place]);
    }
  }
  return out;
}

template <class Events, class Length>
CountsByLength counted(const Events& events, Length length) {
  CountsByLength counts;
  for (const auto& event : events) ++counts[length(event)];
  return counts;
}

// The definitions, applied to what was forwarded, against what the meter made of it as it came.
void expect_true(const SequenceStatistics& measured, const std::vector<std::uint64_t>& forwarded,
                 std::uint64_t sent, std::uint32_t size) {
  test::Flow flow{.tmax = ns(1h),
                  .sent_at = std::vector<std::int64_t>(sent),
                  .sizes = std::vector<std::uint32_t>(sent, size),
                  .arrivals = {}};
  for (const auto number : forwarded) {
    flow.arrivals.push_back({.index = static_cast<std::int64_t>(number),
                             .at = static_cast<std::int64_t>(flow.arrivals.size())});
  }
  const test::Truth truth = test::truth_of(flow);
  const auto& reordering = measured.reordering;
  EXPECT_EQ(measured.received, truth.received);
  EXPECT_EQ(measured.lost, truth.lost);
  EXPECT_EQ(measured.duplicates, truth.duplicates);
  EXPECT_EQ(measured.replicated_packets, truth.replicated);
  EXPECT_EQ(measured.loss.distances, counted(truth.loss_distances, std::identity{}));
  EXPECT_EQ(measured.loss.period_lengths,
            counted(truth.events.loss_periods, [](const auto& period) { return period.length; }));
  EXPECT_EQ(reordering.reordered, truth.events.reordered.size());
  EXPECT_EQ(reordering.extents,
            counted(truth.events.reordered, [](const auto& event) { return event.extent; }));
  EXPECT_EQ(reordering.reordering_discontinuities, truth.events.gaps.size());
  EXPECT_EQ(reordering.gaps,
            counted(truth.events.gaps, [](const auto& event) { return event.gap; }));
  EXPECT_EQ(reordering.sequence_discontinuities, truth.sequence_discontinuities);
  EXPECT_EQ(reordering.sequence_discontinuity_total, truth.sequence_discontinuity_total);
  std::uint64_t offset = 0, squares = 0;
  std::vector<std::uint64_t> degrees(flow.n_max);
  for (const auto& event : truth.events.reordered) {
    offset = std::max(offset, event.byte_offset);
    squares += event.free_run_ended * event.free_run_ended;
    for (std::uint64_t n = 1; n <= event.preceded_by; ++n) ++degrees[n - 1];
  }
  EXPECT_EQ(reordering.byte_offset_max, offset);
  EXPECT_EQ(measured.free_runs().q, squares);
  auto measured_degrees = reordering.n_reordering();
  measured_degrees.resize(degrees.size());
  EXPECT_EQ(measured_degrees, degrees);
}

TEST_P(Experiment, AMixtureOfLossCopiesAndReorderingIsWhatTheDefinitionsSay) {
  const auto script = [](std::uint64_t number) {
    constexpr std::uint64_t kFollowed = kMessages - 200;  // enough of them come behind
    Random random(child_seed(42, number));
    const auto draw = random.below(100);
    FaultDecision decision{.drop = draw == 0, .copies = draw == 1 ? 1U : 0U};
    if (draw >= 95 && number < kFollowed)
      decision.hold_for = static_cast<std::uint32_t>(1 + random.below(32));
    return decision;
  };
  const Exchanged result = run(script);
  const auto& sequence = meter(result).sequence;
  const auto& injected = ledger(result);
  EXPECT_GT(injected.dropped, 0U);
  EXPECT_GT(injected.duplicated, 0U);
  EXPECT_GT(injected.reordered, 0U);
  EXPECT_EQ(sequence.lost, injected.dropped + kernel_lost_);
  EXPECT_EQ(sequence.received, injected.forwarded);
  EXPECT_EQ(sequence.duplicates, injected.duplicated);
  EXPECT_EQ(sequence.reordering.reordered, injected.reordered);
  EXPECT_EQ(sequence.reordering.extents, injected.extents);
  if (log_.lulled()) return;
  expect_true(sequence, forwarded(log_.numbers, script), result.sent,
              static_cast<std::uint32_t>(spec().size));
}

// As `--impair` does it: each message suffers on one of its two ways.
TEST(ExperimentOfRoundTrips, EachEndMeasuresWhatItsInjectorForwarded) {
  const ImpairmentSpec impair = *parse_impairment("loss=1%,duplicate=1%,reorder=5%:7,seed=9");
  for (const auto transport : {"memory", "unix-dgram"}) {
    SCOPED_TRACE(transport);
    CaseSpec spec = case_for(transport, Workload::rr, WaitMode::sleep);
    spec.rate = 20'000;
    spec.connections = 3;
    spec.duration = 250ms;
    spec.tmax = 1s;
    const auto on = [&](Direction direction) {
      return [&impair, direction](const MessageIdentity& identity) {
        return decide_fault(impair, identity, direction, Trip::round_trip);
      };
    };
    const Exchanged run =
        exchange(spec, {.forward = on(Direction::forward), .reverse = on(Direction::reverse)});
    EXPECT_EQ(run.failures, std::vector<std::string>{});
    const struct {
      const SequenceStatistics& sequence;
      const FaultLedger& ledger;
    } ends[] = {{run.responder.sequence, run.forward}, {run.generator.sequence, run.reverse}};
    for (const auto& [sequence, ledger] : ends) {
      EXPECT_GT(ledger.dropped, 0U);
      EXPECT_EQ(sequence.received, ledger.forwarded);
      EXPECT_EQ(sequence.duplicates, ledger.duplicated + ledger.repeated);
      EXPECT_EQ(sequence.reordering.reordered, ledger.reordered);
      EXPECT_EQ(sequence.reordering.extents, ledger.extents);
    }
    EXPECT_EQ(run.responder.sequence.lost, run.forward.dropped);
    EXPECT_EQ(run.generator.sequence.lost, run.forward.dropped + run.reverse.dropped);
    EXPECT_EQ(run.reverse.repeated, run.forward.duplicated);
  }
}

// --- 5: tail and late loss ----------------------------------------------------------------------

TEST_P(Experiment, TheTailAndWhatComesTooLateAreLost) {
  constexpr std::uint64_t kSwallowed = 100;
  const Nanoseconds tmax = spec().tmax;
  const Exchanged result = run([tmax](std::uint64_t number) {
    // Early ones only, so that they come before the run has waited for all.
    const bool is_delayed = number < kMessages / 2 && number % 50 == 25;
    return FaultDecision{.drop = number >= kMessages - kSwallowed,
                         .delay = is_delayed ? tmax + 50ms : 0ns};
  });
  EXPECT_GE(now(), result.t1 - 1ms + tmax) << "the run waited for what was sent last";

  const auto& sequence = meter(result).sequence;
  const auto& injected = ledger(result);
  expect_done(injected.dropped, kSwallowed);
  expect_done(injected.delayed, congruent(kMessages / 2, 50, 25));
  EXPECT_EQ(sequence.lost, injected.dropped + injected.delayed + kernel_lost_);
  EXPECT_EQ(sequence.late, injected.delayed - injected.kept);
  EXPECT_EQ(sequence.late_arrivals, sequence.late);
  EXPECT_GE(sequence.loss.longest_period(), kSwallowed) << "no receiver alone sees the tail";

  const auto survivors = report::distribution(meter(result).response_time);
  const auto all = report::loss_as_infinite(meter(result).response_time, sequence.lost);
  EXPECT_TRUE(survivors.p99_ns) << "of what came back it looks fine";
  EXPECT_FALSE(all.p99_ns) << "2 % are lost";
  EXPECT_EQ(all.p99_ns.reason(), std::string("loss"));
  EXPECT_TRUE(all.p50_ns);
}

// --- 7: damaged and foreign messages ------------------------------------------------------------

TEST_P(Experiment, DamagedAndForeignMessagesAreNoSamples) {
  constexpr std::uint64_t kReplayed = 50;
  static constexpr FlowIds kEarlierRun{.base = 0x4000'0000};
  const auto replay = [](const Address& address) {
    RawPeer peer(address);
    for (std::uint64_t seq = 0; seq < kReplayed; ++seq) {
      peer.send({.flow = kEarlierRun.of(0, Phase::window),
                 .seq = seq,
                 .intended_ns = ns(now()),
                 .measured = true,
                 .echo = true});
    }
    // Of this run's warm-up, so that it is echoed: then all before it has been looked at.
    peer.send({.flow = kFlows.of(0, Phase::warmup), .intended_ns = ns(now()), .echo = true});
    EXPECT_TRUE(peer.wait_for_echo());
  };
  const Exchanged result = run(
      [](std::uint64_t number) {
        const bool cut = number % 97 == 0;
        return FaultDecision{.corrupt = !cut && number % 101 == 0, .truncate = cut};
      },
      {.meanwhile = replay});
  const auto& integrity = meter(result).integrity;
  const std::uint64_t both = congruent(kMessages, 97 * 101, 0);
  expect_done(integrity.corrupt_truncated, congruent(kMessages, 97, 0));
  expect_done(integrity.corrupt, congruent(kMessages, 97, 0) + congruent(kMessages, 101, 0) - both);
  EXPECT_EQ(integrity.corrupt_truncated, ledger(result).truncated);
  EXPECT_EQ(integrity.corrupt, ledger(result).truncated + ledger(result).corrupted);
  EXPECT_EQ(meter(result).sequence.lost, integrity.corrupt + kernel_lost_);
  EXPECT_EQ(result.responder.integrity.spurious, kReplayed);
}

// Between a generator and a responder of unix-stream, passes on all bytes but one.
class ByteThief {
 public:
  // The `stolen`-th byte, from 0, of those to the responder is kept.
  ByteThief(const Address& responder, std::uint64_t stolen) : stolen_(stolen) {
    address_ = *parse_address("unix-stream:" + directory_.path() + "/thief");
    listener_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener_.get(), address_.get(), address_.length), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    thread_ = std::jthread([this, responder] { pass_on(responder); });
  }
  ~ByteThief() {
    if (thread_.joinable()) thread_.join();
  }
  ByteThief(const ByteThief&) = delete;
  ByteThief& operator=(const ByteThief&) = delete;

  [[nodiscard]] const Address& address() const { return address_; }
  // Returns when one of the two ends has closed, and so has the other. Must: the generator has
  // connected.
  void join() { thread_.join(); }

 private:
  void pass_on(const Address& responder) {
    const Descriptor generator_end(::accept(listener_.get(), nullptr, nullptr));
    const Descriptor responder_end(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(responder_end.get(), responder.get(), responder.length), 0);
    std::array<pollfd, 2> ends{
        {{generator_end.get(), POLLIN, 0}, {responder_end.get(), POLLIN, 0}}};
    std::array<char, 4096> bytes{};
    for (std::uint64_t passed = 0; ::poll(ends.data(), ends.size(), -1) > 0;) {
      for (std::size_t from = 0; from < ends.size(); ++from) {
        if (ends[from].revents == 0) continue;
        const auto got = ::recv(ends[from].fd, bytes.data(), bytes.size(), 0);
        if (got <= 0) return;
        auto end = bytes.begin() + got;
        const auto next = passed + static_cast<std::uint64_t>(got);
        if (from == 0 && passed <= stolen_ && stolen_ < next) {
          const auto loot = bytes.begin() + static_cast<std::ptrdiff_t>(stolen_ - passed);
          end = std::copy(loot + 1, end, loot);
        }
        if (from == 0) passed = next;
        const auto count = static_cast<std::size_t>(end - bytes.begin());
        ::send(ends[1 - from].fd, bytes.data(), count, MSG_NOSIGNAL);
      }
    }
  }

  const std::uint64_t stolen_;
  TemporaryDirectory directory_;
  Address address_;
  Descriptor listener_;
  std::jthread thread_;
};

TEST(ExperimentOfByteStreams, AByteThatIsMissingIsNeverCalledLossAndTheRunEnds) {
  constexpr std::uint64_t kFrame = 4 + 64;
  // Length, header, payload. A length that is shifted by a byte promises 16 KiB: at the higher rate
  // so much follows, at the lower one the stream ends inside a message.
  constexpr std::array<std::array<std::uint64_t, 3>, 4> kThefts{
      {{20'000, 3'000, 1}, {20'000, 3'000, 20}, {20'000, 3'000, 67}, {1'000, 150, 1}}};
  for (const auto& [rate, message, within] : kThefts) {
    SCOPED_TRACE(testing::Message() << rate << "/s, message " << message << ", byte " << within);
    CaseSpec spec = case_for("unix-stream", Workload::rr, WaitMode::sleep);
    spec.rate = static_cast<double>(rate);
    spec.tmax = 200ms;
    Responder responder(spec);
    ByteThief thief(responder.thread().local(), message * kFrame + within);
    {
      GeneratorThread generator(generator_options(spec, thief.address()));
      ASSERT_TRUE(generator.connect(now() + kTimeout));
      const Instant t0 = now() + spec.warmup;
      responder.thread().start(t0, t0 + spec.duration);
      responder.thread().await_started();
      std::jthread sender([&] { generator.run(t0, t0 + spec.duration); });
      sender.join();
      EXPECT_GT(generator.recorder().sequence.lost, 0U) << "unanswered";
      thief.join();
      responder.thread().finish(generator.sent(), now());
      responder.join();
    }
    const auto& integrity = responder.thread().recorder()->integrity;
    EXPECT_GE(integrity.stream_integrity_errors + integrity.corrupt, 1U);
  }
}

// --- 11: two classes of connections -------------------------------------------------------------

TEST(ExperimentOfMerging, PercentilesOfAMergeAreThoseOfTheUnion) {
  const Instant t0 = instant_from_ns(1'000'000'000), t1 = t0 + 10s;
  Recorder all(t0, t1);
  for (const Nanoseconds latency : {100'000ns, 100'000'000ns}) {
    Recorder of_one(t0, t1);
    for (int i = 0; i < 10'000; ++i) {
      const Instant intended = t0 + 900us * i;
      of_one.answered(intended, intended + latency, 64);
    }
    all.add(of_one);
  }
  const auto merged = report::distribution(all.response_time);
  const auto is_about = [](std::int64_t value, Nanoseconds latency) {
    return value >= ns(latency) && value <= ns(latency) + ns(latency) / 1000;
  };
  EXPECT_EQ(merged.count, 20'000U);
  EXPECT_EQ(*merged.min_ns, 100'000);
  EXPECT_EQ(*merged.max_ns, 100'000'000);
  EXPECT_PRED2(is_about, *merged.p50_ns, 100us);
  for (const auto& p :
       {merged.p75_ns, merged.p90_ns, merged.p95_ns, merged.p99_ns, merged.p99_9_ns}) {
    EXPECT_PRED2(is_about, *p, 100ms);
  }
  EXPECT_DOUBLE_EQ(*merged.mean_ns, 50'050'000) << "and no message waited that long";
}

TEST(ExperimentOfMerging, AValueBeyondTheHistogramIsCountedAndTakesTheMaximumAway) {
  const Instant t0 = instant_from_ns(1'000'000'000), t1 = t0 + 10s;
  Recorder all(t0, t1), other(t0, t1);
  for (int i = 0; i < 10'000; ++i) all.answered(t0, t0 + 1ms, 64);
  other.answered(t0, t0 + 100h, 64);
  all.add(other);
  const auto merged = report::distribution(all.response_time);
  EXPECT_EQ(merged.count, 10'001U);
  EXPECT_EQ(merged.overflow, 1U);
  EXPECT_FALSE(merged.max_ns);
  EXPECT_EQ(merged.max_ns.reason(), std::string("overflow"));
  EXPECT_TRUE(merged.p99_ns);
}

// --- the books of an open loop ------------------------------------------------------------------

// What the schedules of all connections hold of the window.
std::uint64_t scheduled(const CaseSpec& spec, std::uint64_t seed) {
  std::uint64_t count = 0;
  for (std::uint64_t c = 0; c < spec.connections; ++c) {
    Schedule schedule({.arrivals = spec.arrivals,
                       .rate = *spec.rate,
                       .seed = child_seed(seed, c),
                       .flow = c,
                       .flows = spec.connections});
    for (; schedule.due() < spec.warmup + spec.duration; schedule.advance())
      count += schedule.due() >= spec.warmup;
  }
  return count;
}

class OpenLoop : public testing::TestWithParam<std::tuple<std::string_view, WaitMode>> {};

TEST_P(OpenLoop, TimesAddUpAndEveryMessageOfTheScheduleIsAccountedFor) {
  const auto [transport, wait] = GetParam();
  for (const std::uint64_t threads : {1U, 2U}) {
    for (const ArrivalLaw& arrivals : {ArrivalLaw(Arrivals::uniform), ArrivalLaw(Arrivals::poisson),
                                       ArrivalLaw::bursts(4), ArrivalLaw::on_off(20ms, 10ms)}) {
      CaseSpec spec = case_for(transport, Workload::rr, wait);
      spec.rate = 2'000;
      spec.arrivals = arrivals;
      spec.connections = threads == 1 ? 1 : 6;
      spec.threads = threads;
      spec.warmup = spec.duration = 50ms;  // few enough to fit into UDP's receive buffers
      SCOPED_TRACE(spec.id());
      const std::uint64_t seed = 17 + threads;
      const Exchanged run = exchange(spec, {.seed = seed});
      const Recorder& generator = run.generator;
      EXPECT_EQ(run.failures, std::vector<std::string>{});
      EXPECT_EQ(run.sent + run.unsent, scheduled(spec, seed));
      EXPECT_EQ(run.unsent, 0U) << "everything was due long before it was given up";
      EXPECT_EQ(generator.sequence.received, run.sent);
      ASSERT_TRUE(generator.sends);
      EXPECT_EQ(generator.sends->lag.count(), run.sent);
      EXPECT_EQ(generator.send_block.count(), run.sent);
      EXPECT_EQ(generator.response_time.count(), run.sent);
      EXPECT_TRUE(generator.response_time.sum() == generator.sends->lag.sum() +
                                                       generator.send_block.sum() +
                                                       generator.sequence.delay.delay.sum());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Over, OpenLoop,
    testing::Combine(testing::Values("memory", "tcp", "udp", "unix-stream", "unix-dgram"),
                     testing::Values(WaitMode::sleep, WaitMode::hybrid, WaitMode::spin)),
    [](const auto& cell) {
      std::string name(std::get<0>(cell.param));
      std::erase(name, '-');
      return name + "_" + std::string(name_of(std::get<1>(cell.param)));
    });

// What the transport refuses is owed, not forgotten: it is sent later, or counted as unsent.
TEST(OpenLoopUnderBackPressure, SentAndUnsentAreWhatTheScheduleHolds) {
  for (const auto workload : {Workload::rr, Workload::stream}) {
    CaseSpec spec = case_for("unix-dgram", workload, WaitMode::sleep);
    spec.rate = 1'000'000;
    spec.tmax = 100ms;
    spec.socket.send_buffer_bytes = 4096;
    spec.pause = ServerPause{.every = 50ms, .length = 40ms};
    SCOPED_TRACE(spec.id());
    const Exchanged run = exchange(spec);
    EXPECT_EQ(run.failures, std::vector<std::string>{});
    EXPECT_EQ(run.sent + run.unsent, scheduled(spec, 1));
    EXPECT_GT(run.unsent, 0U);
    EXPECT_EQ(run.generator.send_block.count(), run.sent);
  }
}

}  // namespace
}  // namespace sockmark
