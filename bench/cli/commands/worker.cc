// sockmark worker: a process that the runner starts to play one end of a run, or both. Not for
// people.

#include "bench/run/worker.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <thread>

#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"

namespace sockmark::cli {

namespace {

struct Roles {
  int generator = -1, responder = -1, floor = -1;  // descriptors of the control channels
};

int play(const Roles& roles) {
  if (roles.generator < 0 && roles.responder < 0 && roles.floor < 0) {
    return complain(Error{"worker: is started by sockmark run, which gives it its part"},
                    kBadInput);
  }
  // An interrupt of the terminal or a group's termination reaches the workers too; the runner
  // decides what it means, and its end is theirs.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  if (roles.floor >= 0) {
    ControlChannel control{Descriptor(roles.floor)};
    return play_floor(control) ? kFine : kInvalid;
  }
  std::optional<ControlChannel> generator, responder;
  if (roles.generator >= 0) generator.emplace(Descriptor(roles.generator));
  if (roles.responder >= 0) responder.emplace(Descriptor(roles.responder));
  bool well = true;
  if (generator && responder) {
    bool responded = false;
    std::thread other([&] { responded = play_responder(*responder); });
    well = play_generator(*generator);
    other.join();
    well = well && responded;
  } else if (generator) {
    well = play_generator(*generator);
  } else if (responder) {
    well = play_responder(*responder);
  }
  return well ? kFine : kInvalid;
}

}  // namespace

Command add_worker(CLI::App& app) {
  auto roles = std::make_shared<Roles>();
  auto* command =
      app.add_subcommand("worker", "One end of a run; started by sockmark run")->group("");
  command->add_option("--generator", roles->generator,
                      "Descriptor of the generator's control channel");
  command->add_option("--responder", roles->responder,
                      "Descriptor of the responder's control channel");
  command->add_option("--floor", roles->floor,
                      "Descriptor of the control channel of who measures the floor");
  return {.app = command, .action = [roles] { return play(*roles); }};
}

}  // namespace sockmark::cli
