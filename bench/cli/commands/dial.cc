// sockmark dial: connects to sockmark serve and passes standard input and output through, sealed.
// The runner starts it; it is not for users.

#include "bench/serve/dial.h"

#include <csignal>
#include <memory>
#include <optional>
#include <string>

#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/options.h"

namespace sockmark::cli {

namespace {

struct Arguments {
  std::string where;
  std::optional<std::string> secret_file;
};

int run_dial(const Arguments& arguments) {
  protect_process();
  // From the terminal, to the whole process group. The runner decides what follows.
  for (const int signal : {SIGINT, SIGHUP}) std::signal(signal, SIG_IGN);
  std::optional<SecretKey> key;
  if (arguments.secret_file) {
    auto read = read_key_file(*arguments.secret_file).in("--secret-file");
    if (!read) return fail(read.error(), kBadInput);
    key.emplace(*std::move(read));
  }
  const auto ended = dial(arguments.where, key ? &*key : nullptr);
  return ended ? kSuccess : fail(ended.error(), kInvalid);
}

}  // namespace

void add_dial(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command =
      program.add_command("dial", "Connect to sockmark serve; started by sockmark run");
  command.hide();
  command.positional("HOST[:PORT]", arguments->where, "Where sockmark serve listens");
  command.text("--secret-file", "FILE", arguments->secret_file, "The key");
  command.action([arguments] { return run_dial(*arguments); });
}

}  // namespace sockmark::cli
