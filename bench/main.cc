// sockmark's command line: a table of contents. Each command is a file in cli/.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "base/parse.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/run/build_info.h"

namespace {

using namespace sockmark;

constexpr const char* kPurpose =
    "sockmark measures and compares what carries messages: TCP, UDP and UNIX sockets.\n"
    "Latency, throughput, loss, duplication and reordering, between two real processes.\n";

constexpr const char* kExamples =
    "\nStart here:\n"
    "  sockmark run quick                           every transport, 64 bytes, a table and "
    "report.json\n"
    "  sockmark run -t tcp,unix-stream -s 64,64k    two transports, two sizes\n"
    "  sockmark report report.json --html page.html the same as a page with charts, to look at and "
    "send\n"
    "  sockmark compare report.json --by transport  which is faster, and how sure that is\n"
    "  sockmark calibrate                           what this machine is quiet enough to find\n"
    "  sockmark selfcheck                           known faults in, the same numbers out\n"
    "  sockmark doctor                              what disturbs a measurement here, and the "
    "cure\n"
    "  sockmark list                                what there is to choose from\n"
    "  sockmark run --help                          every option\n";

// CLI11 would print its own words with its own exit status; ours name the nearest valid word.
int refuse_extras(const CLI::App& app, const std::vector<std::string>& extras) {
  const std::string& extra = extras.front();
  const bool option = extra.starts_with('-');
  std::vector<std::string> words;
  if (option) {
    for (const auto* known : app.get_options()) {
      for (const auto& name : known->get_lnames()) words.push_back("--" + name);
    }
  } else {
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      if (!command->get_group().empty()) words.push_back(command->get_name());
    }
  }
  const std::vector<std::string_view> candidates(words.begin(), words.end());
  const auto near = nearest(extra, candidates);
  const std::string what = option ? "option" : words.empty() ? "argument" : "command";
  const std::string command = app.get_parent() == nullptr ? "" : " " + app.get_name();
  return cli::complain(
      Error{near.empty()
                ? fmt::format("unknown {} \"{}\"; sockmark{} --help lists what there is", what,
                              extra, command)
                : fmt::format("unknown {} \"{}\"; did you mean \"{}\"?", what, extra, near)},
      cli::kBadInput);
}

// "--repetitions: At Most 1 required but received 2": "--repetitions: given 2 times".
Error in_our_words(std::string_view text) {
  constexpr std::string_view kMost = ": At Most 1 required but received ";
  const auto at = text.find(kMost);
  if (at == text.npos) return Error{std::string(text)};
  const auto times = text.substr(at + kMost.size());
  return Error{fmt::format("{}: given {}", text.substr(0, at),
                           times == "2" ? "twice" : fmt::format("{} times", times))};
}

// Where a standard descriptor is closed, the next file to be opened would take its place, and be
// written to by whoever prints. Its place is taken by /dev/null opened the other way round, so that
// using it is an error as it was before.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    static_cast<void>(::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  // A closed pipe or a file size limit is an answer of write(), and exit status 5, not a death.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App app(kPurpose, "sockmark");
  app.footer(kExamples);
  app.set_version_flag("--version", version_text());
  app.allow_extras();
  const std::array commands = {
      cli::add_run(app),    cli::add_compare(app), cli::add_calibrate(app), cli::add_report(app),
      cli::add_export(app), cli::add_analyze(app), cli::add_selfcheck(app), cli::add_doctor(app),
      cli::add_list(app),   cli::add_worker(app)};
  for (const auto& command : commands) command.app->allow_extras();

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    for (const auto& command : commands) {
      if (command.app->parsed()) return cli::print(command.app->help(app.get_name()));
    }
    return cli::print(app.help());
  } catch (const CLI::CallForAllHelp&) {
    return cli::print(app.help("", CLI::AppFormatMode::All));
  } catch (const CLI::CallForVersion&) {
    return cli::print(version_text() + "\n");
  } catch (const CLI::ArgumentMismatch& error) {
    return cli::complain(in_our_words(error.what()), cli::kBadInput);
  } catch (const CLI::ParseError& error) {
    return cli::complain(Error{error.what()}, cli::kBadInput);
  }

  for (const auto& command : commands) {
    if (!command.app->parsed()) continue;
    if (const auto extras = command.app->remaining(); !extras.empty())
      return refuse_extras(*command.app, extras);
    return command.action();
  }
  if (const auto extras = app.remaining(); !extras.empty()) return refuse_extras(app, extras);
  std::fputs(app.help().c_str(), stderr);
  return cli::kBadInput;
}
