#include "bench/worker/generator_role.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/printable.h"
#include "base/wait.h"
#include "bench/checks/limits.h"
#include "bench/load/generator.h"
#include "bench/load/reach.h"
#include "bench/plan/message_limit.h"
#include "bench/worker/assignment.h"
#include "bench/worker/build_info.h"
#include "bench/worker/data_path.h"
#include "bench/worker/describe_end.h"
#include "bench/worker/end_clocks.h"
#include "bench/worker/moved_delays.h"
#include "bench/worker/progress_reports.h"
#include "bench/worker/run_window.h"
#include "machine/cpu_times.h"
#include "machine/machine_files.h"
#include "machine/network_counters.h"
#include "transports/catalogue.h"
#include "transports/host_addresses.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// For establishing the connections: less than the runner waits (run_context.h), so that its error
// is the one that names the address.
constexpr Nanoseconds kConnectTimeout = 5s, kConnectPerConnection = 1ms;
using Generators = std::vector<std::unique_ptr<GeneratorThread>>;

// Waits while no connection is to be opened.
void wait_for(ControlChannel& control, Instant until, const std::string& directory) {
  for (Instant at = now(); at < until; at = now()) {
    pollfd entry{control.descriptor(), POLLIN, 0};
    // The runner sends nothing before it knows that this end is ready.
    if (::poll(&entry, 1, poll_timeout(until, at)) > 0) exit_at_once(directory);
  }
}

Result<Generators> connect_generators(const Assignment& assignment, ControlChannel& control,
                                      const std::string& directory) {
  const CaseSpec& spec = assignment.spec;
  Generators generators;
  std::optional<GeneratorThread::Ramp> ramp;
  if (spec.ramp) {
    ramp.emplace(GeneratorThread::Ramp{
        .wait = [&](Instant until) { wait_for(control, until, directory); },
        .next = now(),
        .spacing = spec.ramp_time() * static_cast<std::int64_t>(spec.generators) /
                   static_cast<std::int64_t>(spec.connections)});
  }
  const Instant deadline = now() + kConnectTimeout + spec.ramp_time() +
                           kConnectPerConnection * static_cast<std::int64_t>(spec.connections);
  const std::uint64_t all_threads = spec.generators * spec.threads;
  std::vector<std::uint64_t> messages;
  if (spec.messages) messages = message_window(spec, assignment.seed).messages;
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    GeneratorThread::Options options{.spec = spec,
                                     .channel = assignment.channel,
                                     .flows = assignment.flows,
                                     .address = assignment.addresses[index],
                                     .connections = {},
                                     .seed = assignment.seed,
                                     .decide_fault = assignment.fault_decider(Direction::reverse),
                                     .clock_shared = assignment.clock_shared};
    for (auto c = assignment.generator * spec.threads + index; c < spec.connections;
         c += all_threads) {
      options.connections.push_back(c);
      if (!messages.empty()) options.messages.push_back(messages[c]);
    }
    generators.push_back(std::make_unique<GeneratorThread>(std::move(options)));
    TRY(generators.back()->connect(deadline, ramp ? &*ramp : nullptr));
  }
  return generators;
}

// Reads the time of the machine's processors when the window begins and when it ends.
class MachineTimeOf {
 public:
  explicit MachineTimeOf(const Window& window) : window_(window) {}

  // Reads it if it is time. Returns when to call it next; Instant::max() for never.
  Instant observe(Instant at) {
    if (!first_ && at >= window_.t0) first_ = read_cpu_times();
    if (!last_ && at >= window_.end) last_ = read_cpu_times();
    if (at >= window_.end) return Instant::max();
    return at < window_.t0 ? window_.t0 : window_.end;
  }
  // Must: the run is over.
  [[nodiscard]] Maybe<report::MachineTime> read() const {
    if (!first_ || !last_) return Maybe<report::MachineTime>::none("not_measured");
    const std::int64_t idle = last_->idle - first_->idle;
    return report::MachineTime{
        .idle_ns = std::max<std::int64_t>(ns_of_ticks(idle), 0),
        .others_ns = std::max<std::int64_t>(ns_of_ticks(last_->all - first_->all - idle), 0)};
  }

 private:
  const Window& window_;
  std::optional<CpuTimes> first_, last_;
};

// Handles a message of the runner during the run: a stop, or what the responder has sent.
Result<> handle(const ControlFrame& frame, const CaseSpec& spec, const Generators& generators,
                Window& window) {
  if (frame.type != FinishMessage::kType || !spec.responder_sends()) return shorten(window, frame);
  const auto finish = TRY(as_message<FinishMessage>(frame));
  if (finish.sent.size() != spec.connections)
    return Error{"control channel: the number of counts differs from the number of connections"};
  const Instant deadline = now() + drain_of(spec, window);
  for (const auto& generator : generators) generator->finish(finish.sent, deadline);
  return {};
}

// Ends the window when all threads have sent their number of messages.
void end_with_messages(const Generators& generators, Window& window) {
  Instant last = window.t0;
  for (const auto& generator : generators) {
    const auto completed = generator->completed();
    if (!completed) return;
    last = std::max(last, *completed);
  }
  window.end = std::min(window.end, last);
  for (const auto& generator : generators) generator->end_at(window.end);
}

// Waits until `finished` is readable. Any event on the control channel but a message that handle()
// knows means that the runner has closed it, or worse.
void wait_for_generators(ControlChannel& control, int finished, const Generators& generators,
                         const CaseSpec& spec, Window& window, MachineTimeOf& machine,
                         ProgressReports& progress, std::optional<GeneratorClocks>& clocks,
                         const std::string& directory) {
  for (;;) {
    const Instant at = now();
    progress.send(generators, at);
    Instant next = std::min(machine.observe(at), progress.next());
    if (clocks) next = std::min(next, clocks->observe(at));
    pollfd entries[] = {{finished, POLLIN, 0},
                        {control.descriptor(), POLLIN, 0},
                        {clocks ? clocks->descriptor() : -1, POLLIN, 0}};
    if (::poll(entries, std::size(entries), poll_timeout(next, at)) < 0 && errno != EINTR) return;
    if ((entries[0].revents & POLLIN) != 0) return;
    if (entries[1].revents == 0) continue;
    const auto frame = control.poll();
    if (!frame || (*frame && !handle(**frame, spec, generators, window))) exit_at_once(directory);
    for (const auto& generator : generators) generator->end_at(window.end);
  }
}

Result<Maybe<report::MachineTime>> run_window(const Generators& generators,
                                              const Assignment& assignment, Window& window,
                                              ControlChannel& control,
                                              std::optional<GeneratorClocks>& clocks,
                                              std::optional<Nanoseconds> theta,
                                              const std::string& directory) {
  const Descriptor finished(::eventfd(0, EFD_CLOEXEC));
  if (!finished) return system_error("eventfd", errno);
  std::atomic<std::size_t> running = generators.size();
  std::vector<std::jthread> threads;  // destroyed first, which joins them
  for (const auto& generator : generators) {
    auto started = start_thread(threads, [&generator = *generator, &running, &finished, theta,
                                          t0 = window.t0, t1 = window.t1] {
      generator.run(t0, t1, theta);
      if (--running == 0) ::eventfd_write(finished.get(), 1);
    });
    if (started) continue;
    for (const auto& each : generators) each->stop();
    return std::move(started).error();
  }
  MachineTimeOf machine(window);
  ProgressReports progress(control, assignment);
  progress.begin(window.t0);
  wait_for_generators(control, finished.get(), generators, assignment.spec, window, machine,
                      progress, clocks, directory);
  end_with_messages(generators, window);
  machine.observe(now());
  return machine.read();
}

// Answers of a server that a request file rejects are no success, however fast they come.
void add_failed_answers(const CaseSpec& spec, const Generators& generators,
                        const report::Integrity& integrity, GeneratorRecord& record) {
  if (!integrity.failed_answers || *integrity.failed_answers == 0) return;
  const auto first = std::ranges::find_if(
      generators, [](const auto& generator) { return !generator->rejected().empty(); });
  const auto line = [](std::string_view text) {
    return report::printable(text.substr(0, text.find_first_of("\r\n")), 48);
  };
  record.invalid_reasons.push_back(
      fmt::format("{} answers of the server do not begin with \"{}\"; the first is \"{}\"",
                  *integrity.failed_answers, line(spec.responder.request->begins),
                  first == generators.end() ? "" : line((*first)->rejected())));
}

// What all threads recorded.
Recorder merge(const Generators& generators, const CaseSpec& spec, const Window& window) {
  Recorder recorder(window.t0, window.t1, spec.interval);
  if (window.end < window.t1) recorder.shorten(window.end);
  for (const auto& generator : generators) {
    generator->apply_end();  // it may have ended before it could
    recorder.add(generator->recorder());
  }
  return recorder;
}

GeneratorRecord describe(const Generators& generators, const Assignment& assignment,
                         const Window& window) {
  const CaseSpec& spec = assignment.spec;
  GeneratorRecord record{.process = process_facts(),
                         .environment = {},
                         .invalid_reasons = {},
                         .recording = {},
                         .injected = injected_by(generators),
                         .socket_options = {},
                         .sent = std::vector<std::uint64_t>(spec.connections),
                         .loop_busy = Maybe<double>::none("spins")};
  Instant ended = window.end;
  Nanoseconds began_late{0};
  for (const auto& each : generators) {
    const GeneratorThread& generator = *each;
    // Of the busiest thread.
    if (const auto busy = generator.busy())
      record.loop_busy = std::max(*busy, record.loop_busy ? *record.loop_busy : 0);
    record.unsent += generator.unsent();
    ended = std::max(ended, generator.ended());
    began_late = std::max(began_late, generator.began_late());
    const auto counts = generator.sent();
    for (std::size_t i = 0; i < counts.size(); ++i)
      record.sent[generator.connections()[i]] = counts[i];
    if (!generator.failure().empty()) record.invalid_reasons.push_back(generator.failure());
  }
  record.drain_ns = ns(ended - window.end);
  record.began_late_ns = ns(began_late);
  record.socket_options = describe_options(spec, generators.front()->socket_options());
  return record;
}

// Puts the delays of what was received in the place of those that were recorded by the estimate.
// `record` has what was found of the clocks.
Result<> move_delays(const Generators& generators, const JudgeMessage& judge, Recorder& recorder,
                     GeneratorRecord& record, std::optional<Nanoseconds> theta) {
  std::optional<Nanoseconds> claimed;
  if (judge.clock_bound_ns) claimed = Nanoseconds(*judge.clock_bound_ns);
  const GeneratorClock theirs =
      mirrored(*record.clock, judge.responder, theta.value_or(Nanoseconds(0)));
  auto clock = TRY(judge_run(theirs, record.clock->own, claimed));
  std::vector<const DelaySlices*> slices;
  for (const auto& generator : generators) {
    if (!generator->slices().empty()) slices.push_back(&generator->slices().front());
  }
  const auto estimate = theta ? std::optional(-*theta) : std::nullopt;
  Delays delays = move_delays(slices, estimate, theirs, clock);
  if (theta && clock.section.bound_ns) {
    recorder.sequence.delay.delay = std::move(delays.sent.delay);
    if (!delays.response.delay.empty()) recorder.response_time = std::move(delays.response.delay);
  }
  record.reverse_clock = std::move(clock.section);
  return {};
}

// Chooses one of the hosts at which the responder may be reached, and puts it into the addresses.
// Returns it; empty if there is no choice.
Result<std::string> choose_host(Assignment& assignment) {
  if (assignment.hosts.empty()) {
    // Whether another program answers as it should is found out before the run.
    if (assignment.spec.responder.foreign())
      TRY(reach(assignment.spec.transport_row().get(), assignment.channel, assignment.flows,
                std::span(assignment.addresses).first(1), kHeaderBytes, now() + kReachTimeout));
    return std::string();
  }
  std::vector<Address> candidates;
  for (const auto& host : assignment.hosts)
    candidates.push_back(with_host_of(assignment.addresses.front(), TRY(parse_host(host))));
  auto reached =
      reach(assignment.spec.transport_row().get(), assignment.channel, assignment.flows, candidates,
            assignment.spec.response.value_or(kHeaderBytes), now() + kReachTimeout);
  const bool only_loopback =
      assignment.hosts == std::vector<std::string>{loopback_host(candidates.front().family())};
  if (!reached && only_loopback && !assignment.spec.responder.foreign()) {
    return Error{reached.error().message +
                 "; a loopback address leads to the generator's own machine: the responder needs "
                 "another"};
  }
  const auto found = TRY(std::move(reached));
  for (auto& address : assignment.addresses) address = with_host_of(address, candidates[found]);
  const std::string& host = assignment.hosts[found];
  return host;
}

}  // namespace

Result<> generate(ControlChannel& control, std::string& directory) {
  auto assignment = TRY(receive_assignment(control, kGeneratorRole, directory));
  auto host = TRY(choose_host(assignment));
  const auto before = read_network_counters(MachineFiles(""));
  const Instant connecting = now();
  auto connected = connect_generators(assignment, control, directory);
  if (!connected && assignment.apart && assignment.addresses.front().family() == AF_UNIX) {
    return Error{
        connected.error().message +
        "; UNIX sockets need two ends that see the same files, unix-dgram also one network "
        "namespace"};
  }
  const auto generators = TRY(std::move(connected));
  std::optional<GeneratorClocks> clocks;
  const Address& peer = assignment.addresses.front();
  ReadyMessage ready{.host = std::move(host), .source = source_towards(peer, assignment.spec)};
  if (assignment.spec.workload != Workload::connect) ready.connect_ns = ns(now() - connecting);
  if (compares_clocks(assignment)) ready.theta_ns = clocks.emplace(assignment).estimate();
  std::optional<Nanoseconds> theta;
  if (ready.theta_ns) theta = Nanoseconds(*ready.theta_ns);
  TRY(send_message(control, ready));
  const auto start = TRY(await_message<StartMessage>(control, kControlTimeout));
  auto window = TRY(window_of(start, assignment.spec));
  auto machine = TRY(run_window(generators, assignment, window, control, clocks, theta, directory));
  GeneratorRecord record = describe(generators, assignment, window);
  Recorder recorder = merge(generators, assignment.spec, window);
  add_failed_answers(assignment.spec, generators, recorder.integrity, record);
  record.recording = recording_of(recorder);
  record.machine = std::move(machine);
  record.network =
      describe_network(assignment.spec, before, read_network_counters(MachineFiles("")));
  if (clocks) record.clock = clocks->finish(window.t0, window.end + Nanoseconds(record.drain_ns));
  if (assignment.apart) {
    unpin(assignment.cpus);  // the machine is described as it is for others
    record.environment = environment_towards(peer, assignment.spec);
  }
  TRY(send_message(control, GeneratorResultMessage{.end = record}));
  if (!clocks || !assignment.spec.responder_sends()) return {};
  // The responder drains meanwhile. A runner that ends closes the channel, which ends the wait.
  const auto judge = TRY(await_message<JudgeMessage>(control, 24h));
  TRY(move_delays(generators, judge, recorder, record, theta));
  record.recording = recording_of(recorder);
  return send_message(control, GeneratorResultMessage{.end = std::move(record)});
}

}  // namespace sockmark
