// sockmark worker: the generator or the responder of a run, or both in one process; or, with
// --stdio, the agent that starts them for a runner on another machine. The runner or its launcher
// starts it; it is not for users.

#include "bench/worker/worker.h"

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/options.h"
#include "bench/remote/agent.h"
#include "bench/worker/build_info.h"
#include "bench/worker/run_limits.h"
#include "reports/model/environment_section.h"
#include "reports/views/doctor_findings.h"
#include "transports/host_addresses.h"

namespace sockmark::cli {

namespace {

struct Roles {
  // Descriptors of the control channels, or -1.
  std::int64_t generator = -1, responder = -1, floor = -1;
  std::string directory;  // for a socket file
  bool stdio = false;
  // Of a session of sockmark serve.
  std::string limits, peer, local;
  bool one_machine = false;
};

Descriptor descriptor_of(std::int64_t number) { return Descriptor(static_cast<int>(number)); }

// A signal from the terminal or to the process group reaches the workers too. The runner decides
// what follows from it, and ends its workers.
void ignore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
}

// Null unless sockmark serve starts this.
Result<std::unique_ptr<RunLimits>> limits_of(const Roles& roles) {
  if (roles.limits.empty()) return std::unique_ptr<RunLimits>();
  auto limits = std::make_unique<RunLimits>(TRY(parse_run_limits(roles.limits)));
  limits->one_machine = roles.one_machine;
  if (roles.one_machine) return limits;
  limits->peer = TRY(parse_host(roles.peer).in("--peer"));
  limits->local = TRY(parse_host(roles.local).in("--local"));
  return limits;
}

std::vector<std::string> arguments_of_limits(const Roles& roles) {
  if (roles.limits.empty()) return {};
  if (roles.one_machine) return {"--limits=" + roles.limits, "--one-machine"};
  return {"--limits=" + roles.limits, "--peer=" + roles.peer, "--local=" + roles.local};
}

int play(const Roles& roles) {
  const auto limits = limits_of(roles);
  if (!limits) return fail(limits.error(), kBadInput);
  if (roles.stdio) {
    ignore_signals();
    const auto environment = read_environment(build_facts());
    return run_agent(
        // Not own_path(): a program that was pushed has no name (bench/remote/push.h).
        {.program = "/proc/self/exe",
         .hello = hello_of("agent"),
         .host = {.tool = build_info(),
                  .environment = report::environment_section(environment),
                  .addresses = host_addresses(),
                  .cpus = read_placement().affinity,
                  .warnings = report::warnings_of(Examination(environment).findings())},
         .responders_only = *limits != nullptr,
         .worker_arguments = arguments_of_limits(roles)});
  }
  if (roles.generator < 0 && roles.responder < 0 && roles.floor < 0) {
    return fail(Error{"worker: only sockmark run starts workers"}, kBadInput);
  }
  ignore_signals();
  if (roles.floor >= 0) {
    ControlChannel control{descriptor_of(roles.floor)};
    return run_floor(control) ? kSuccess : kInvalid;
  }
  std::optional<ControlChannel> generator, responder;
  if (roles.generator >= 0) generator.emplace(descriptor_of(roles.generator));
  if (roles.responder >= 0) responder.emplace(descriptor_of(roles.responder));
  bool succeeded = true;
  if (generator && responder) {
    bool responded = false;
    std::thread other([&] { responded = run_responder(*responder, roles.directory); });
    succeeded = run_generator(*generator);
    other.join();
    succeeded = succeeded && responded;
  } else if (generator) {
    succeeded = run_generator(*generator);
  } else if (responder) {
    succeeded = run_responder(*responder, roles.directory, limits->get());
  }
  return succeeded ? kSuccess : kInvalid;
}

}  // namespace

void add_worker(Program& program) {
  auto roles = std::make_shared<Roles>();
  Command& command = program.add_command("worker", "One end of a run; started by sockmark run");
  command.hide();
  command.number("--generator", "FD", roles->generator, 0,
                 "Descriptor of the generator's control channel");
  command.number("--responder", "FD", roles->responder, 0,
                 "Descriptor of the responder's control channel");
  command.number("--floor", "FD", roles->floor, 0,
                 "Descriptor of the control channel of the floor measurement");
  command.text("--directory", "PATH", roles->directory,
               "Directory for a socket file, to be created");
  command.flag("--stdio", roles->stdio,
               "Serve a runner over standard input and output, one run after the other");
  command.text("--limits", "LIMITS", roles->limits, "What a client of sockmark serve may ask for");
  command.text("--peer", "HOST", roles->peer, "The host of that client");
  command.text("--local", "HOST", roles->local, "The host at which it reached this machine");
  command.flag("--one-machine", roles->one_machine, "That client is on this machine");
  command.action([roles] { return play(*roles); });
}

}  // namespace sockmark::cli
