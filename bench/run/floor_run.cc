#include "bench/run/floor_run.h"

#include <string>
#include <utility>
#include <vector>

#include "base/temporary_directory.h"
#include "base/token.h"
#include "bench/run/control_messages.h"
#include "bench/run/worker_process.h"
#include "transports/address.h"

namespace sockmark {

Result<report::Floor> run_floor_worker(const RunContext& context) {
  const CaseSpec& spec = context.spec;
  const TemporaryDirectory directory{TemporaryDirectory::NameOnly{}};  // outlives the worker
  if (directory.path().empty()) return Error{"cannot create a directory for socket files in /tmp"};
  const std::vector<std::string> addresses(spec.threads, address_of(spec, directory.path()).text());
  const auto workers = TRY(Workers::start(*context.loop, context.program, {{"floor"}}));
  WorkerPeer& worker = workers->peer("floor");
  TRY(workers->await_greeting(worker, now() + kSetupTimeout, context.interrupted));
  TRY(send_message(worker.channel(), PrepareMessage{.params = params_of(spec),
                                                    .token = random_token(),
                                                    .directory = directory.path(),
                                                    .addresses = addresses}));
  const Instant deadline = now() + spec.warmup + spec.duration + kSetupTimeout + kOverrunTimeout;
  auto measured = TRY(workers->await<FloorMessage>(worker, deadline, context.interrupted));
  return std::move(measured.floor);
}

}  // namespace sockmark
