// sockmark worker: the generator or the responder of a run, or both in one process. The runner
// starts it; it is not for users.

#include "bench/run/worker.h"

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/options.h"

namespace sockmark::cli {

namespace {

struct Roles {
  // Descriptors of the control channels, or -1.
  std::int64_t generator = -1, responder = -1, floor = -1;
};

Descriptor descriptor_of(std::int64_t number) { return Descriptor(static_cast<int>(number)); }

int play(const Roles& roles) {
  if (roles.generator < 0 && roles.responder < 0 && roles.floor < 0) {
    return fail(Error{"worker: only sockmark run starts workers"}, kBadInput);
  }
  // A signal from the terminal or to the process group reaches the workers too. The runner decides
  // what follows from it, and ends its workers.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
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
    std::thread other([&] { responded = run_responder(*responder); });
    succeeded = run_generator(*generator);
    other.join();
    succeeded = succeeded && responded;
  } else if (generator) {
    succeeded = run_generator(*generator);
  } else if (responder) {
    succeeded = run_responder(*responder);
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
  command.action([roles] { return play(*roles); });
}

}  // namespace sockmark::cli
