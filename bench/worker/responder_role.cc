#include "bench/worker/responder_role.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/random.h"
#include "base/wait.h"
#include "bench/checks/limits.h"
#include "bench/load/responder.h"
#include "bench/worker/assignment.h"
#include "bench/worker/build_info.h"
#include "bench/worker/data_path.h"
#include "bench/worker/describe_end.h"
#include "bench/worker/end_clocks.h"
#include "bench/worker/moved_delays.h"
#include "bench/worker/progress_reports.h"
#include "bench/worker/run_window.h"
#include "machine/machine_files.h"
#include "machine/network_counters.h"
#include "reports/model/sections.h"
#include "transports/host_addresses.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// For the end of the run. A runner that ends earlier closes the channel, which ends the wait.
constexpr Nanoseconds kRunTimeout = 24h;

// Where a generator on another machine, which has these addresses, may reach a listener: the best
// guess first. Empty: at the listener's own address.
std::vector<std::string> hosts_for(const Address& listener, const Assignment& assignment) {
  std::vector<std::string> hosts;
  // At the host of the control connection: tried, since behind a NAT it can be another machine.
  if (assignment.channel.only_from) return {host_text(listener)};
  if (!is_wildcard(listener)) return hosts;
  const auto add = [&](const std::string& host) {
    const auto address = parse_host(host);
    if (address && address->family() == listener.family() && std::ranges::count(hosts, host) == 0)
      hosts.push_back(host);
  };
  for (const auto& peer : assignment.hosts) {
    const auto address = parse_host(peer);
    if (address && address->family() == listener.family()) add(route_source(*address).value_or(""));
  }
  // "client's address, client's port, server's address, server's port" (ssh(1)).
  if (const char* ssh = std::getenv("SSH_CONNECTION")) {
    std::istringstream words(ssh);
    std::string skipped, host;
    if (words >> skipped >> skipped >> host) add(host);
  }
  for (const auto& host : host_addresses()) add(host);
  // Both ends on one machine that has no other address.
  add(loopback_host(listener.family()));
  return hosts;
}

using Responders = std::vector<std::unique_ptr<ResponderThread>>;

// Signals the main thread when all threads have sent what they had to send.
class SentSignal {
 public:
  explicit SentSignal(std::uint64_t threads)
      : unfinished_(threads), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  // By each thread, once.
  void finished() {
    if (--unfinished_ == 0) ::eventfd_write(event_.get(), 1);
  }
  [[nodiscard]] pollfd entry() const { return {event_.get(), POLLIN, 0}; }
  // Whether they have, the first time.
  [[nodiscard]] bool take() {
    eventfd_t value = 0;
    return ::eventfd_read(event_.get(), &value) == 0;
  }

 private:
  std::atomic<std::uint64_t> unfinished_;
  Descriptor event_;
};

// What all threads sent, by connection.
std::vector<std::uint64_t> sent_by(const Responders& responders, const CaseSpec& spec) {
  std::vector<std::uint64_t> sent(spec.connections);
  for (const auto& responder : responders) {
    const auto& counts = responder->sent();
    for (std::size_t c = 0; c < counts.size(); ++c) sent[c] += counts[c];
  }
  return sent;
}

Result<Responders> listen(const Assignment& assignment, ConnectionOwners& owners,
                          SentSignal& sent) {
  const CaseSpec& spec = assignment.spec;
  Responders responders;
  ChannelOptions channel = assignment.channel;
  channel.share_port = spec.shares_address();
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    auto& responder = *responders.emplace_back(std::make_unique<ResponderThread>(
        ResponderThread::Options{.spec = spec,
                                 .channel = channel,
                                 .flows = assignment.flows,
                                 .index = index,
                                 .owners = spec.shares_address() ? &owners : nullptr,
                                 .clock_shared = assignment.clock_shared,
                                 .decide_fault = assignment.fault_decider(Direction::forward),
                                 // Of no connection of the stream to the responder.
                                 .seed = child_seed(assignment.seed, spec.connections),
                                 .all_sent = [&sent] { sent.finished(); }}));
    // A shared address with port 0: all threads use the port that the first one was given.
    const Address& address = spec.shares_address() && index > 0 ? responders.front()->local()
                                                                : assignment.addresses[index];
    TRY(responder.listen(address));
  }
  return responders;
}

// The next message of the runner. Answers time exchanges, and sends progress and what was sent,
// meanwhile.
Result<ControlFrame> await_frame(ControlChannel& control, const Responders& responders,
                                 const CaseSpec& spec, SentSignal& sent, ProgressReports& progress,
                                 std::optional<ResponderClocks>& clocks, Nanoseconds timeout) {
  const Instant deadline = now() + timeout;
  std::vector<pollfd> entries;
  for (;;) {
    auto frame = TRY(control.poll());
    if (frame) return *std::move(frame);
    const Instant at = now();
    if (at >= deadline) return Error{"control channel: timed out waiting for the peer"};
    progress.send(responders, at);
    Instant next = std::min(deadline, progress.next());
    if (clocks) next = std::min(next, clocks->observe(at));
    if (sent.take()) TRY(send_message(control, AllSentMessage{.sent = sent_by(responders, spec)}));
    entries.assign({{control.descriptor(), POLLIN, 0}, sent.entry()});
    if (clocks) clocks->watch(entries);
    ::poll(entries.data(), entries.size(), poll_timeout(next, at));
  }
}

// What the responder knows when the run is over.
struct ResponderEnd {
  Window window;
  std::vector<Nanoseconds> thetas;  // of each generator, the estimates of before the run
  FinishMessage finish;
};

// Checks the message, and marks what is not known of lost generators.
Result<> read_finish(const CaseSpec& spec, FinishMessage& finish) {
  if (finish.sent.size() != spec.connections)
    return Error{"control channel: the number of counts differs from the number of connections"};
  if (!finish.clocks.empty() && finish.clocks.size() != spec.generators)
    return Error{"control channel: the number of clocks differs from that of generators"};
  if (finish.measured_ns && *finish.measured_ns > ns(spec.duration))
    return Error{"control channel: the window is longer than the duration of the case"};
  for (std::uint64_t c = 0; c < spec.connections; ++c) {
    if (std::ranges::count(finish.lost_generators, spec.generator_of(c)) > 0)
      finish.sent[c] = kSentUnknown;
  }
  return {};
}

// Follows the messages of the runner from its first start to its finish.
Result<ResponderEnd> follow_runner(const Responders& responders, const Assignment& assignment,
                                   SentSignal& sent, std::optional<ResponderClocks>& clocks,
                                   ControlChannel& control) {
  const CaseSpec& spec = assignment.spec;
  ListeningMessage listening;
  for (const auto& responder : responders) listening.addresses.push_back(responder->local().text());
  if (assignment.apart) listening.hosts = hosts_for(responders.front()->local(), assignment);
  if (clocks) listening.time_address = clocks->address();
  TRY(send_message(control, listening));
  ProgressReports progress(control, assignment);
  const auto next_frame = [&](Nanoseconds timeout) {
    return await_frame(control, responders, spec, sent, progress, clocks, timeout);
  };
  auto frame = TRY(next_frame(kControlTimeout + spec.ramp_time()));
  Window window;
  std::vector<Nanoseconds> thetas;
  do {  // the runner starts again if a start arrived too late for its window
    const auto start = TRY(as_message<StartMessage>(frame));
    window = TRY(window_of(start, spec));
    if (!start.thetas_ns.empty() && start.thetas_ns.size() != spec.generators)
      return Error{"control channel: the number of clocks differs from that of generators"};
    thetas.clear();
    for (const std::int64_t theta_ns : start.thetas_ns) thetas.emplace_back(theta_ns);
    for (const auto& responder : responders) responder->start(window.t0, window.t1, thetas);
    for (const auto& responder : responders) responder->await_started();
    TRY(send_message(control, StartedMessage{}));
    progress.begin(window.t0);
    frame = TRY(next_frame(kRunTimeout));
  } while (frame.type == ControlType::start);
  if (spec.responder_sends() && frame.type == ControlType::send) {
    for (const auto& responder : responders) responder->begin_sending();
    frame = TRY(next_frame(kRunTimeout));
  }
  if (frame.type == ControlType::stop) {
    TRY(shorten(window, frame));
    for (const auto& responder : responders) responder->end_at(window.end);
    frame = TRY(next_frame(kRunTimeout));
  }
  auto finish = TRY(as_message<FinishMessage>(frame));
  TRY(read_finish(spec, finish));
  // The generator of round trips has waited for its answers; messages of a stream may still arrive.
  const Instant deadline =
      now() + (spec.workload == Workload::stream ? drain_of(spec, window) : 0ns);
  for (const auto& responder : responders) responder->finish(finish.sent, deadline);
  return ResponderEnd{.window = window, .thetas = std::move(thetas), .finish = std::move(finish)};
}

// The threads run from before the first start until the finish.
Result<ResponderEnd> run_window(const Responders& responders, const Assignment& assignment,
                                SentSignal& sent, std::optional<ResponderClocks>& clocks,
                                ControlChannel& control) {
  std::vector<std::jthread> threads;
  const auto stop = [&responders](Error error) {
    for (const auto& responder : responders) responder->stop();
    return error;
  };
  for (const auto& responder : responders) {
    auto started = start_thread(threads, [&responder = *responder] { responder.run(); });
    if (!started) return stop(std::move(started).error());
  }
  auto end = follow_runner(responders, assignment, sent, clocks, control);
  if (!end) return stop(std::move(end).error());
  return end;
}

// A window of a number of messages ends where the generators ended it.
void end_with_messages(const Responders& responders, ResponderEnd& end) {
  if (!end.finish.measured_ns) return;
  Window& window = end.window;
  window.end = std::min(window.t0 + Nanoseconds(*end.finish.measured_ns), window.end);
  for (const auto& responder : responders) responder->apply_end(window.end);
}

// Puts the delays of all generators in the place of those that were recorded by the estimates.
void move_delays(const Responders& responders, const ResponderEnd& end,
                 std::vector<RunClock>& clocks, Recorder& recorder) {
  Delays all;
  bool known = !clocks.empty() && !end.thetas.empty();
  for (std::size_t generator = 0; generator < clocks.size(); ++generator) {
    std::vector<const DelaySlices*> slices;
    for (const auto& responder : responders) {
      // Empty if it ended before the window was set.
      if (!responder->slices().empty()) slices.push_back(&responder->slices()[generator]);
    }
    const auto estimate = end.thetas.empty() ? std::nullopt : std::optional(end.thetas[generator]);
    all.add(move_delays(slices, estimate, end.finish.clocks[generator], clocks[generator]));
    known = known && clocks[generator].section.bound_ns;
  }
  if (!known) return;
  recorder.sequence.delay.delay = std::move(all.sent.delay);
  if (!all.response.delay.empty()) recorder.response_time = std::move(all.response.delay);
}

// The series was recorded by the estimates of before the run.
void move_series(const ResponderEnd& end, const std::vector<RunClock>& clocks,
                 std::vector<report::SeriesPoint>& series) {
  if (clocks.empty() || end.thetas.empty()) return;
  if (clocks.size() > 1) {
    for (auto& point : series)
      point.p50_ns = point.p99_ns = point.max_ns = Maybe<std::int64_t>::none("several_clocks");
    return;
  }
  const RunClock& clock = clocks.front();
  if (!clock.section.bound_ns || !clock.judgement.lines) return;
  move_series(series, *clock.judgement.lines, end.thetas.front(),
              instant_from_ns(end.finish.clocks.front().t0_ns), end.window.t1 - end.window.t0);
}

// The longest time in which nothing of each of several generators arrived.
std::vector<std::int64_t> silences_of(const Responders& responders, const CaseSpec& spec,
                                      const Window& window) {
  std::vector<std::int64_t> longest;
  for (std::uint64_t g = 0; spec.generators > 1 && g < spec.generators; ++g) {
    Silence heard(window.t0, window.t1);
    if (window.end < window.t1) heard.shorten(window.end);
    for (const auto& responder : responders) {
      if (!responder->heard().empty()) heard.add(responder->heard()[g]);
    }
    longest.push_back(ns(heard.stretches(Nanoseconds(0)).longest));
  }
  return longest;
}

// Of the stream of the responder.
SentByEnd describe_sent(const Responders& responders, const CaseSpec& spec,
                        const Recorder& recorder) {
  SentByEnd sent{.messages = 0,
                 .offered = recorder.counts.offered_messages,
                 .calls = recorder.counts.send_calls};
  for (const std::uint64_t count : sent_by(responders, spec)) sent.messages += count;
  sent.sizes = recorder.sizes_sent;
  std::optional<double> busy;
  for (const auto& responder : responders) {
    sent.unsent += responder->unsent();
    sent.began_late_ns = std::max(sent.began_late_ns, ns(responder->began_late()));
    if (const auto one = responder->busy()) busy = std::max(busy.value_or(0), *one);
  }
  if (recorder.sends)
    sent.schedule = describe_sends(*recorder.sends, sent.messages + sent.unsent, busy);
  return sent;
}

ResponderResult merge(const Responders& responders, const CaseSpec& spec, const ResponderEnd& end,
                      std::vector<RunClock>& clocks) {
  const Window& window = end.window;
  Recorder recorder(window.t0, window.t1, spec.interval);
  if (window.end < window.t1) recorder.shorten(window.end);
  std::vector<std::string> failures;
  responders.front()->lose_unclaimed();
  for (const auto& responder : responders) {
    if (responder->recorder() != nullptr) recorder.add(*responder->recorder());
    if (!responder->failure().empty()) failures.push_back(responder->failure());
  }
  move_delays(responders, end, clocks, recorder);
  ResponderResult result;
  static_cast<EndResult&>(result) = describe_end(spec, recorder, process_facts());
  for (const auto& clock : clocks) result.clocks.push_back(clock.section);
  move_series(end, clocks, result.series);
  result.invalid_reasons = std::move(failures);
  result.injected = injected_by(responders);
  for (const auto& responder : responders) {
    if (result.socket_options.empty())
      result.socket_options = describe_options(spec, responder->socket_options());
  }
  result.taken_in = recorder.taken_in;
  result.silences_ns = silences_of(responders, spec, window);
  result.one_way = report::distribution(recorder.sequence.delay.delay);
  if (spec.responder_sends()) result.sent = describe_sent(responders, spec, recorder);
  return result;
}

// What is known of the clock of each generator; empty if the ends do not compare them.
Result<std::vector<RunClock>> judge(const FinishMessage& finish,
                                    const std::optional<OwnClocks>& own) {
  std::vector<RunClock> judged;
  if (!own) return judged;
  std::optional<Nanoseconds> claimed;
  if (finish.clock_bound_ns) claimed = Nanoseconds(*finish.clock_bound_ns);
  for (const auto& theirs : finish.clocks) {
    auto clock = TRY(judge_run(theirs, *own, claimed));
    judged.push_back(std::move(clock));
  }
  return judged;
}

}  // namespace

Result<> respond(ControlChannel& control, std::string& directory, const RunLimits* limits) {
  const auto assignment = TRY(receive_assignment(control, kResponderRole, directory, limits));
  const CaseSpec& spec = assignment.spec;
  ConnectionOwners owners(spec.connections);
  SentSignal sent(spec.threads);
  const auto responders = TRY(listen(assignment, owners, sent));
  const auto before = read_network_counters(MachineFiles(""));
  std::optional<ResponderClocks> clocks;
  if (compares_clocks(assignment)) clocks.emplace(responders.front()->local(), assignment);
  auto end = TRY(run_window(responders, assignment, sent, clocks, control));
  end_with_messages(responders, end);
  std::optional<OwnClocks> own;
  if (clocks) own = clocks->finish();
  auto judged = TRY(judge(end.finish, own));
  auto result = merge(responders, spec, end, judged);
  if (own) result.own_clocks = *own;
  if (assignment.apart) {
    unpin(assignment.cpus);
    auto peer = parse_host(end.finish.source);
    if (assignment.channel.only_from) peer = *assignment.channel.only_from;
    result.environment = peer ? environment_towards(*peer, spec) : environment_here();
  }
  result.network = describe_network(spec, before, read_network_counters(MachineFiles("")));
  result.listen_queue = describe_listen_queue(spec, result.network);
  return send_message(control, ResponderResultMessage{.end = std::move(result)});
}

}  // namespace sockmark
