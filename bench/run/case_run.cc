#include "bench/run/case_run.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/temporary_directory.h"
#include "base/token.h"
#include "bench/run/control_messages.h"
#include "bench/run/worker_process.h"
#include "machine/environment.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// From choosing a window to the beginning of its warm-up, for both ends to receive it. Doubled if
// the responder was not ready in time.
Nanoseconds start_margin(const CaseSpec& spec) {
  constexpr Nanoseconds kMargin = 20ms;
  // In a blocking receive the responder sees no command.
  return spec.wait == WaitMode::block ? kMargin + kBlockingReceiveLimit : kMargin;
}

// The workers of one run, and the exchange of messages with them.
class TwoWorkers {
 public:
  explicit TwoWorkers(const RunContext& context) : context_(context) {}
  [[nodiscard]] Result<CaseRun> measure();

 private:
  template <class M>
  Result<M> await(WorkerPeer& worker, Instant deadline) {
    return workers_->await<M>(worker, deadline, context_.interrupted);
  }
  // The clock of a worker, and its offset from the clock of this process.
  struct End {
    std::string clock;
    Nanoseconds ahead{0};
  };
  Result<End> meet(WorkerPeer& worker, Instant deadline);
  [[nodiscard]] StartMessage window_for(const End& end) const;
  [[nodiscard]] bool clock_shared() const { return generator_.clock == responder_.clock; }
  template <class M>
  Result<> send(WorkerPeer& worker, const M& message) {
    return send_message(worker.channel(), message).in(worker.role());
  }
  Result<PrepareMessage> prepare_responder();
  Result<> set_up(Instant deadline);
  Result<> start(Instant deadline);

  const RunContext& context_;
  // Created by the responder if the case needs a socket file; outlives the workers.
  const TemporaryDirectory directory_{TemporaryDirectory::NameOnly{}};
  std::unique_ptr<Workers> workers_;
  End generator_, responder_;
  Instant t0_;
};

Result<TwoWorkers::End> TwoWorkers::meet(WorkerPeer& worker, Instant deadline) {
  auto hello = TRY(workers_->await_greeting(worker, deadline, context_.interrupted));
  End end{.clock = hello.clock, .ahead = {}};
  // Wrong by the transfer time of the greeting: good enough to agree on a window, but not to
  // measure one-way delay.
  if (end.clock != clock_identity())
    end.ahead = Nanoseconds(hello.now_ns) - now().time_since_epoch();
  return end;
}

StartMessage TwoWorkers::window_for(const End& end) const {
  const std::int64_t t0 = ns(t0_ + end.ahead);
  return {.t0_ns = t0, .t1_ns = t0 + ns(context_.spec.duration)};
}

Result<PrepareMessage> TwoWorkers::prepare_responder() {
  const bool needs_directory = context_.spec.needs_socket_file();
  if (needs_directory && directory_.path().empty()) return no_temporary_directory("a socket file");
  PrepareMessage prepare{.params = params_of(context_.spec),
                         .seed = context_.seed,
                         .clock_shared = clock_shared(),
                         .token = random_token(),
                         .directory = needs_directory ? directory_.path() : "",
                         .addresses = {}};
  for (std::uint64_t thread = 0; thread < context_.spec.threads; ++thread) {
    prepare.addresses.push_back(address_of(context_.spec, directory_.path()).text());
  }
  return prepare;
}

Result<> TwoWorkers::set_up(Instant deadline) {
  using Processes = std::vector<Workers::Roles>;
  const bool one_process = context_.spec.transport_row().family == "memory";
  auto workers = Workers::start(*context_.loop, context_.program,
                                one_process ? Processes{{"responder", "generator"}}
                                            : Processes{{"responder"}, {"generator"}});
  if (!workers) return std::move(workers).error();
  workers_ = std::move(*workers);
  auto responder = TRY(meet(workers_->peer("responder"), deadline));
  responder_ = std::move(responder);
  auto generator = TRY(meet(workers_->peer("generator"), deadline));
  generator_ = std::move(generator);
  auto prepare = TRY(prepare_responder());
  TRY(send(workers_->peer("responder"), prepare));
  auto listening = TRY(await<ListeningMessage>(workers_->peer("responder"), deadline));
  for (auto& address : listening.addresses)
    address = local_target(TRY(parse_address(address))).text();
  prepare.addresses = listening.addresses;
  TRY(send(workers_->peer("generator"), prepare));
  TRY(await<ReadyMessage>(workers_->peer("generator"), deadline));
  return {};
}

Result<> TwoWorkers::start(Instant deadline) {
  for (auto margin = start_margin(context_.spec); now() < deadline; margin *= 2) {
    const Instant warm_from = now() + margin;
    t0_ = warm_from + context_.spec.warmup;
    // The responder first: it knows the window before the first message arrives.
    TRY(send(workers_->peer("responder"), window_for(responder_)));
    TRY(await<StartedMessage>(workers_->peer("responder"), deadline));
    if (now() <= warm_from) return send(workers_->peer("generator"), window_for(generator_));
  }
  return Error{"responder did not start in time"};
}

Result<CaseRun> TwoWorkers::measure() {
  const Instant setup_deadline = now() + context_.setup_timeout();
  TRY(set_up(setup_deadline));
  TRY(start(setup_deadline));

  const Instant result_deadline =
      t0_ + context_.spec.duration + 2 * context_.spec.tmax + kOverrunTimeout;
  auto generator = TRY(await<GeneratorResultMessage>(workers_->peer("generator"), result_deadline));
  const FinishMessage finish{.sent = generator.end.sent};
  TRY(send(workers_->peer("responder"), finish));
  auto responder = TRY(await<ResponderResultMessage>(workers_->peer("responder"),
                                                     now() + context_.spec.tmax + kOverrunTimeout));
  return CaseRun{.generator = std::move(generator.end),
                 .responder = std::move(responder.end),
                 .facts = {.seed = context_.seed, .clock_shared = clock_shared()}};
}

}  // namespace

Result<CaseRun> run_case(const RunContext& context) { return TwoWorkers(context).measure(); }

}  // namespace sockmark
