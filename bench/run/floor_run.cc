#include "bench/run/floor_run.h"

#include <string>
#include <utility>
#include <vector>

#include "base/temporary_directory.h"
#include "base/token.h"
#include "bench/run/worker_process.h"
#include "bench/worker/case_params.h"
#include "bench/worker/control_messages.h"
#include "transports/address.h"

namespace sockmark {

Result<report::Floor> run_floor_worker(const RunContext& context) {
  const CaseSpec& spec = context.spec;
  const TemporaryDirectory directory{TemporaryDirectory::NameOnly{}};  // outlives the worker
  const bool needs_directory = spec.needs_socket_file();
  if (needs_directory && directory.path().empty()) return no_temporary_directory("a socket file");
  const std::vector<std::string> addresses(spec.threads, address_of(spec, directory.path()).text());
  const auto workers = TRY(Workers::start(*context.loop, context.program, {{.roles = {"floor"}}}));
  WorkerPeer& worker = workers->peer("floor");
  TRY(workers->await_greeting(worker, now() + kSetupTimeout, context.interrupted));
  TRY(send_message(worker.channel(),
                   PrepareMessage{.params = params_of(spec),
                                  .token = random_token(),
                                  .directory = needs_directory ? directory.path() : "",
                                  .addresses = addresses,
                                  .hosts = {}}));
  const Instant deadline = now() + spec.warmup + spec.duration + kSetupTimeout + kOverrunTimeout;
  auto measured = TRY(workers->await<FloorMessage>(worker, deadline, context.interrupted));
  return std::move(measured.floor);
}

}  // namespace sockmark
