// sockmark genkey: creates a key for sockmark serve and its clients.

#include <memory>
#include <string>

#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/options.h"
#include "bench/serve/key.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExplanation =
    "\nThe file must not exist, and is readable for this user only. Copy it to the other host over "
    "a\n"
    "channel that you trust: scp -p FILE db2:\n"
    "Exit status: 0 created, 2 bad input, or the file exists or could not be written.\n";

}  // namespace

void add_genkey(Program& program) {
  auto file = std::make_shared<std::string>();
  Command& command = program.add_command("genkey", "Create a key for sockmark serve");
  command.footer(kExplanation);
  command.positional("FILE", *file, "The file to create");
  command.action([file] {
    protect_process();
    if (file->empty()) return fail(Error{"genkey requires a file"}, kBadInput);
    if (auto created = create_key_file(*file); !created) return fail(created.error(), kBadInput);
    return static_cast<int>(kSuccess);
  });
}

}  // namespace sockmark::cli
