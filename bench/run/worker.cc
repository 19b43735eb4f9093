#include "bench/run/worker.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "base/descriptor.h"
#include "base/temporary_directory.h"
#include "bench/load/generator.h"
#include "bench/load/responder.h"
#include "bench/run/assignment.h"
#include "bench/run/describe_end.h"
#include "bench/run/floor.h"
#include "machine/cpu_times.h"
#include "machine/listen_queue.h"
#include "machine/machine_files.h"
#include "reports/model/sections.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kConnectTimeout = kControlTimeout / 2;
// For the end of the run. A runner that ends earlier closes the channel, which ends the wait.
constexpr Nanoseconds kRunTimeout = 24h;

struct Window {
  Instant t0, t1;
};

// The runner is gone: no process will read a result or remove the socket files.
[[noreturn]] void exit_at_once(const std::string& directory) {
  remove_directory(directory);
  ::_exit(1);
}

// Starts a thread. Errors: the system has none left (a limit of processes).
template <class Body>
Result<> start_thread(std::vector<std::jthread>& threads, Body body) {
  try {
    threads.emplace_back(std::move(body));
  } catch (const std::system_error& error) {
    return system_error("start a thread", error.code().value());
  }
  return {};
}

Result<Window> window_of(const StartMessage& start, const CaseSpec& spec) {
  const Window window{instant_from_ns(start.t0_ns), instant_from_ns(start.t1_ns)};
  if (window.t1 - window.t0 != spec.duration)
    return Error{"control channel: the length of the window differs from the duration of the case"};
  return window;
}

// What the threads of one end injected together; absent without --impair.
template <class Threads>
Maybe<InjectedByEnd> injected_by(const Threads& threads) {
  FaultLedger all;
  for (const auto& thread : threads) {
    if (thread->fault_ledger() == nullptr) return Maybe<InjectedByEnd>::none("none");
    all.add(*thread->fault_ledger());
  }
  return describe_injected(all);
}

// --- generator ----------------------------------------------------------------------------------

using Generators = std::vector<std::unique_ptr<GeneratorThread>>;

Result<Generators> connect_generators(const Assignment& assignment) {
  const CaseSpec& spec = assignment.spec;
  Generators generators;
  const Instant deadline = now() + kConnectTimeout;
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    GeneratorThread::Options options{.spec = spec,
                                     .channel = assignment.channel,
                                     .flows = assignment.flows,
                                     .address = assignment.addresses[index],
                                     .connections = {},
                                     .seed = assignment.seed,
                                     .decide_fault = assignment.fault_decider(Direction::reverse)};
    for (auto c = index; c < spec.connections; c += spec.threads) options.connections.push_back(c);
    generators.push_back(std::make_unique<GeneratorThread>(std::move(options)));
    TRY(generators.back()->connect(deadline));
  }
  return generators;
}

// Reads the time of the machine's processors when the window begins and when it ends.
class MachineTimeOf {
 public:
  explicit MachineTimeOf(const Window& window) : window_(window) {}

  // Reads it if it is time. Returns for how long to wait for the next reading, in milliseconds; -1
  // if there is none.
  int observe(Instant at) {
    if (!first_ && at >= window_.t0) first_ = read_cpu_times();
    if (!last_ && at >= window_.t1) last_ = read_cpu_times();
    if (at >= window_.t1) return -1;
    const Instant next = at < window_.t0 ? window_.t0 : window_.t1;
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(next - at).count());
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
  const Window window_;
  std::optional<CpuTimes> first_, last_;
};

// Waits until `finished` is readable. The runner sends nothing during a run: any event on the
// control channel means that it has closed it, or worse.
void wait_for_generators(ControlChannel& control, int finished, const std::string& directory,
                         MachineTimeOf& machine) {
  for (;;) {
    pollfd entries[2] = {{finished, POLLIN, 0}, {control.descriptor(), POLLIN, 0}};
    if (::poll(entries, 2, machine.observe(now())) < 0 && errno != EINTR) return;
    if ((entries[0].revents & POLLIN) != 0) return;
    if (entries[1].revents != 0) exit_at_once(directory);
  }
}

Result<Maybe<report::MachineTime>> run_window(const Generators& generators, const Window& window,
                                              ControlChannel& control,
                                              const std::string& directory) {
  const Descriptor finished(::eventfd(0, EFD_CLOEXEC));
  if (!finished) return system_error("eventfd", errno);
  std::atomic<std::size_t> running = generators.size();
  std::vector<std::jthread> threads;  // destroyed first, which joins them
  for (const auto& generator : generators) {
    auto started = start_thread(threads, [&generator = *generator, &running, &finished, window] {
      generator.run(window.t0, window.t1);
      if (--running == 0) ::eventfd_write(finished.get(), 1);
    });
    if (started) continue;
    for (const auto& each : generators) each->stop();
    return std::move(started).error();
  }
  MachineTimeOf machine(window);
  wait_for_generators(control, finished.get(), directory, machine);
  machine.observe(now());
  return machine.read();
}

GeneratorResult merge(const Generators& generators, const Assignment& assignment,
                      const Window& window) {
  const CaseSpec& spec = assignment.spec;
  Recorder recorder(window.t0, window.t1);
  std::vector<std::uint64_t> sent(spec.connections);
  std::uint64_t unsent = 0, sent_total = 0;
  std::optional<double> busy;  // of the busiest thread
  Instant ended = window.t1;
  std::vector<std::string> failures;
  for (std::size_t index = 0; index < generators.size(); ++index) {
    auto& generator = *generators[index];
    recorder.add(generator.recorder());
    if (const auto its = generator.busy()) busy = std::max(*its, busy.value_or(0));
    unsent += generator.unsent();
    ended = std::max(ended, generator.ended());
    const auto counts = generator.sent();
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sent[index + i * spec.threads] = counts[i];
      sent_total += counts[i];
    }
    if (!generator.failure().empty()) failures.push_back(generator.failure());
  }
  GeneratorResult result;
  static_cast<EndResult&>(result) = describe_end(spec, recorder);
  result.invalid_reasons = std::move(failures);
  result.injected = injected_by(generators);
  result.loss.sent = sent_total;  // the recorder of a stream's generator counts no messages
  result.offered = recorder.counts.offered_messages;
  result.sent = std::move(sent);
  result.unsent = unsent;
  result.drain_ns = ns(ended - window.t1);
  result.waited_for_lost_ns = ns(recorder.waited_for_lost);
  result.lost_in_warmup = recorder.lost_in_warmup;
  if (recorder.send_timing)
    result.sends = describe_sends(*recorder.send_timing, sent_total + unsent, busy);
  for (const auto& option : generators.front()->socket_options())
    result.socket_options[option.name] = option.value;
  return result;
}

Result<> generate(ControlChannel& control, std::string& directory) {
  const auto assignment = TRY(receive_assignment(control, kGeneratorRole, directory));
  const auto generators = TRY(connect_generators(assignment));
  TRY(send_message(control, ReadyMessage{}));
  const auto start = TRY(await_message<StartMessage>(control, kControlTimeout));
  const auto window = TRY(window_of(start, assignment.spec));
  auto machine = TRY(run_window(generators, window, control, directory));
  GeneratorResult result = merge(generators, assignment, window);
  result.machine = std::move(machine);
  return send_message(control, GeneratorResultMessage{.end = std::move(result)});
}

// --- responder ----------------------------------------------------------------------------------

using Responders = std::vector<std::unique_ptr<ResponderThread>>;

Result<Responders> listen(const Assignment& assignment, ConnectionOwners& owners) {
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
                                 .decide_fault = assignment.fault_decider(Direction::forward)}));
    // A shared address with port 0: all threads use the port that the first one was given.
    const Address& address = spec.shares_address() && index > 0 ? responders.front()->local()
                                                                : assignment.addresses[index];
    TRY(responder.listen(address));
  }
  return responders;
}

// Follows the messages of the runner from its first start to its finish. Returns the window.
Result<Window> follow_runner(const Responders& responders, const CaseSpec& spec,
                             ControlChannel& control) {
  ListeningMessage listening;
  for (const auto& responder : responders) listening.addresses.push_back(responder->local().text());
  TRY(send_message(control, listening));
  auto frame = TRY(control.receive(now() + kControlTimeout));
  Window window;
  do {  // the runner starts again if a start arrived too late for its window
    const auto start = TRY(as_message<StartMessage>(frame));
    window = TRY(window_of(start, spec));
    for (const auto& responder : responders) responder->start(window.t0, window.t1);
    for (const auto& responder : responders) responder->await_started();
    TRY(send_message(control, StartedMessage{}));
    frame = TRY(control.receive(now() + kRunTimeout));
  } while (frame.type == ControlType::start);
  const auto finish = TRY(as_message<FinishMessage>(frame));
  if (finish.sent.size() != spec.connections)
    return Error{"control channel: the number of counts differs from the number of connections"};
  // The generator of round trips has waited for its answers; messages of a stream may still arrive.
  const Instant deadline = now() + (spec.workload == Workload::stream ? spec.tmax : 0ns);
  for (const auto& responder : responders) responder->finish(finish.sent, deadline);
  return window;
}

// The threads run from before the first start until the finish.
Result<Window> run_window(const Responders& responders, const CaseSpec& spec,
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
  auto window = follow_runner(responders, spec, control);
  if (!window) return stop(std::move(window).error());
  return window;
}

ResponderResult merge(const Responders& responders, const CaseSpec& spec, const Window& window) {
  Recorder recorder(window.t0, window.t1);
  std::vector<std::string> failures;
  responders.front()->lose_unclaimed();
  for (const auto& responder : responders) {
    if (responder->recorder() != nullptr) recorder.add(*responder->recorder());
    if (!responder->failure().empty()) failures.push_back(responder->failure());
  }
  ResponderResult result;
  static_cast<EndResult&>(result) = describe_end(spec, recorder);
  result.invalid_reasons = std::move(failures);
  result.injected = injected_by(responders);
  result.taken_in = recorder.taken_in;
  result.one_way = report::distribution(recorder.sequence.delay.delay);
  return result;
}

Result<> respond(ControlChannel& control, std::string& directory) {
  const auto assignment = TRY(receive_assignment(control, kResponderRole, directory));
  const CaseSpec& spec = assignment.spec;
  ConnectionOwners owners(spec.connections);
  const auto responders = TRY(listen(assignment, owners));
  const auto before = read_listen_counters(MachineFiles(""));
  const auto window = TRY(run_window(responders, spec, control));
  auto result = merge(responders, spec, window);
  result.listen_queue = describe_listen_queue(spec, before, read_listen_counters(MachineFiles("")));
  return send_message(control, ResponderResultMessage{.end = std::move(result)});
}

// --- floor --------------------------------------------------------------------------------------

Result<> find_floor(ControlChannel& control, std::string& directory) {
  const auto assignment = TRY(receive_assignment(control, kFloorRole, directory));
  if (const char* reason = why_no_floor(assignment.spec))
    return Error{fmt::format("floor: {}", reason)};
  auto floor =
      TRY(measure_floor(assignment.spec, assignment.channel, assignment.addresses.front()));
  return send_message(control, FloorMessage{.floor = std::move(floor)});
}

bool run_role(ControlChannel& control, Result<> (*role)(ControlChannel&, std::string&)) {
  std::string directory;
  const auto done = role(control, directory);
  // If the runner is gone, this fails too; otherwise the runner waits for exactly this message.
  if (!done && !send_message(control, FailedMessage{.message = done.error().message}))
    exit_at_once(directory);
  // The runner closes the channel once it has everything. Until then the directory is its own; it
  // may also have been killed.
  static_cast<void>(control.receive(now() + kControlTimeout));
  remove_directory(directory);
  return static_cast<bool>(done);
}

}  // namespace

bool run_generator(ControlChannel& control) { return run_role(control, generate); }
bool run_responder(ControlChannel& control) { return run_role(control, respond); }
bool run_floor(ControlChannel& control) { return run_role(control, find_floor); }

}  // namespace sockmark
