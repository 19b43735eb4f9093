// sockmark session: one client of sockmark serve, which starts it; it is not for users.

#include "bench/serve/session.h"

#include <fcntl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/options.h"
#include "bench/serve/server.h"

namespace sockmark::cli {

namespace {

struct Arguments {
  std::string limits, peer, local, time_limit;
  bool one_machine = false;
};

int start_session(const Arguments& arguments) {
  protect_process();
  for (const int descriptor : {kSessionConnection, kSessionLifeline}) {
    if (::fcntl(descriptor, F_GETFD) < 0)
      return fail(Error{"session: only sockmark serve starts sessions"}, kBadInput);
  }
  const auto limit = parse_duration(arguments.time_limit);
  if (!limit) return fail(limit.error(), kBadInput);
  std::vector<std::string> of_agent = {"--limits=" + arguments.limits};
  if (arguments.one_machine) {
    of_agent.emplace_back("--one-machine");
  } else {
    of_agent.insert(of_agent.end(), {"--peer=" + arguments.peer, "--local=" + arguments.local});
  }
  return run_session(
      {.program = own_path(), .arguments = std::move(of_agent), .time_limit = *limit});
}

}  // namespace

void add_session(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command =
      program.add_command("session", "One client of sockmark serve; started by sockmark serve");
  command.hide();
  command.text("--limits", "LIMITS", arguments->limits, "What the client may ask for");
  command.text("--peer", "HOST", arguments->peer, "The host of the client");
  command.text("--local", "HOST", arguments->local, "The host at which it reached this machine");
  command.flag("--one-machine", arguments->one_machine, "The client is on this machine");
  command.text("--time-limit", "TIME", arguments->time_limit, "Time of the session");
  command.action([arguments] { return start_session(*arguments); });
}

}  // namespace sockmark::cli
