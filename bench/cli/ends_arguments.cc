#include "bench/cli/ends_arguments.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <sstream>
#include <utility>

#include "base/parse.h"
#include "base/printable.h"
#include "bench/cli/measure_plan.h"
#include "bench/remote/command_words.h"
#include "bench/remote/push.h"
#include "bench/serve/control_address.h"
#include "reports/json/load_json.h"
#include "transports/address.h"
#include "transports/catalogue.h"

namespace sockmark::cli {

namespace {

constexpr std::size_t kGeneratorsBytesMax = 1024 * 1024;  // of the file of --generators

struct EndsOption {
  const char* name;
  std::optional<std::string> EndsTexts::*text;
  const char* kind;
  const char* help;
};
constexpr EndsOption kEndsOptions[] = {
    {"responder-via", &EndsTexts::responder_via, "COMMAND",
     "Start the responder through this command, such as 'ssh db2' or 'ip netns exec blue'"},
    {"generators", &EndsTexts::generators, "FILE",
     "Several generators: a command of --generator-via on each line"},
    {"remote", &EndsTexts::remote, "HOST[:PORT]",
     "The responder is started by sockmark serve there (port 7625), or at unix-stream:PATH"},
    {"secret-file", &EndsTexts::secret_file, "FILE", "The key of --remote (sockmark genkey)"},
    {"worker-program", &EndsTexts::worker_program, "PATH|push",
     "The sockmark to start there (sockmark, found in PATH); push: send this one along"},
    {"launch-timeout", &EndsTexts::launch_timeout, "TIME",
     "How long the start may take: a queue, a password (60s)"},
    {"listen", &EndsTexts::listen, "HOST",
     "The address at which the responder listens there (every address of that machine)"},
    {"reach-at", &EndsTexts::reach_at, "HOST",
     "The address at which the generator reaches it, behind a NAT (found)"},
    {"clock-bound", &EndsTexts::clock_bound, "TIME",
     "CLOCK_REALTIME of the ends differs by no more, as PTP keeps it (not assumed)"},
};

// The commands of --generator-via, or of the file of --generators: one on each line, but for empty
// lines and those that begin with "#".
Result<std::vector<std::string>> read_generators(const EndsTexts& texts) {
  auto commands = texts.generators_via;
  if (texts.generators) {
    if (!commands.empty()) return Error{"--generators excludes --generator-via"};
    std::istringstream lines(
        TRY(report::load_text_file(*texts.generators, kGeneratorsBytesMax).in("--generators")));
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      const auto first = line.find_first_not_of(" \t\r");
      if (first == std::string::npos || line[first] == '#') continue;
      commands.push_back(line.substr(first, line.find_last_not_of(" \t\r") + 1 - first));
      TRY(split_words(commands.back())
              .in(fmt::format("--generators {}: line {}", report::printable(*texts.generators),
                              number)));
    }
    if (commands.empty())
      return Error{"--generators " + report::printable(*texts.generators) + ": has no command"};
  }
  if (commands.empty()) return std::vector<std::string>{""};
  const char* option = texts.generators ? "--generators" : "--generator-via";
  if (commands.size() > kMaxGenerators)
    return Error{
        fmt::format("{}: {} generators; at most {}", option, commands.size(), kMaxGenerators)};
  for (const auto& command : commands) {
    if (!command.empty()) TRY(split_words(command).in(option));
  }
  return commands;
}

// The hidden command that connects to sockmark serve takes the place of a launcher.
Result<> read_remote(const EndsTexts& texts, EndsOptions& ends) {
  for (const auto& [option, text] : {std::pair("--responder-via", &texts.responder_via),
                                     std::pair("--worker-program", &texts.worker_program)}) {
    if (*text) return Error{fmt::format("--remote excludes {}", option)};
  }
  if (ends.apart())
    return Error{
        "--remote excludes --generator-via: serve accepts messages of the host that "
        "connects to it only"};
  TRY(serve_address(*texts.remote).in("--remote"));
  if (texts.remote->ends_with(":0"))
    return Error{
        fmt::format("--remote {}: nothing listens at port 0", report::printable(*texts.remote))};
  ends.responder_via = "serve at " + *texts.remote;
  ends.responder_arguments = {own_path(), "dial", *texts.remote};
  if (texts.secret_file)
    ends.responder_arguments.insert(ends.responder_arguments.end(),
                                    {"--secret-file", *texts.secret_file});
  return {};
}

}  // namespace

void add_ends_options(Command& command, EndsTexts& texts) {
  command.list(
      "--generator-via", "COMMAND", texts.generators_via,
      "Start the generator through this command; repeated: several generators ('' is here)");
  for (const auto& option : kEndsOptions)
    command.text("--" + std::string(option.name), option.kind, texts.*option.text, option.help);
}

OptionTexts supplied_texts(const EndsTexts& texts) {
  OptionTexts supplied;
  for (const auto& option : kEndsOptions) {
    if (const auto& text = texts.*option.text) supplied[option.name] = *text;
  }
  // One on each line (reports/views/repeat_command.h), also those of a file.
  if (const auto generators = read_generators(texts);
      generators && (texts.generators || !texts.generators_via.empty())) {
    supplied.erase("generators");
    supplied["generator-via"] = fmt::format("{}", fmt::join(*generators, "\n"));
  }
  return supplied;
}

Result<EndsOptions> read_ends(const EndsTexts& texts) {
  EndsOptions ends;
  if (texts.responder_via) {
    TRY(split_words(*texts.responder_via).in("--responder-via"));
    ends.responder_via = *texts.responder_via;
  }
  ends.generators_via = TRY(read_generators(texts));
  if (texts.remote) {
    TRY(read_remote(texts, ends));
  } else if (texts.secret_file) {
    return Error{"--secret-file requires --remote"};
  }
  if (!ends.apart()) {
    for (const auto& [name, text] : supplied_texts(texts)) {
      if (name != "generator-via" && name != "generators")
        return Error{fmt::format("--{} requires --responder-via or --generator-via", name)};
    }
    return ends;
  }
  if (texts.worker_program) {
    if (texts.worker_program->empty()) return Error{"--worker-program: expected PATH or push"};
    if (!is_plain_path(*texts.worker_program))
      return Error{"--worker-program " + report::printable(*texts.worker_program) +
                   ": has a character that a shell at the far side may change; rename or link it"};
    ends.worker_program = *texts.worker_program;
  }
  if (texts.launch_timeout)
    ends.launch_timeout = TRY(parse_duration(*texts.launch_timeout).in("--launch-timeout"));
  if (texts.clock_bound)
    ends.clock_bound = TRY(parse_duration(*texts.clock_bound).in("--clock-bound"));
  for (const auto& [option, text, host] :
       {std::tuple("--listen", &texts.listen, &ends.listen),
        std::tuple("--reach-at", &texts.reach_at, &ends.reach_at)}) {
    if (!*text) continue;
    if (!parse_host(**text))
      return Error{fmt::format("{} {}: expected a numeric address, such as 10.0.0.2 or fd00::2",
                               option, report::printable(**text))};
    *host = **text;
  }
  return ends;
}

namespace {

// A foreign responder runs already: only generators are started elsewhere.
Result<> check_only_generators(const EndsOptions& ends, const CaseSpec& spec) {
  for (const auto& [given, option] : {std::pair(!ends.responder_arguments.empty(), "--remote"),
                                      std::pair(!ends.responder_via.empty(), "--responder-via"),
                                      std::pair(!ends.listen.empty(), "--listen"),
                                      std::pair(!ends.reach_at.empty(), "--reach-at"),
                                      std::pair(ends.clock_bound.has_value(), "--clock-bound")}) {
    if (given)
      return Error{fmt::format("{} requires the responder of sockmark, not --responder {}", option,
                               spec.responder.name)};
  }
  return {};
}

}  // namespace

Result<> check_ends(const EndsOptions& ends, const Plan& plan) {
  if (!ends.apart()) return {};
  const char* option = !ends.responder_arguments.empty() ? "--remote"
                       : ends.responder_via.empty()      ? "--generator-via"
                                                         : "--responder-via";
  if (plan.floor) return Error{fmt::format("--floor measures this machine; leave out {}", option)};
  for (const auto& spec : plan.cases) {
    if (spec.responder.foreign()) TRY(check_only_generators(ends, spec));
    const auto& row = spec.transport_row();
    if (row.family == "memory")
      return Error{fmt::format("{}: {} connects two threads of one process", option, row.name)};
    for (const auto& [name, host] :
         {std::pair("--listen", &ends.listen), std::pair("--reach-at", &ends.reach_at)}) {
      if (host->empty() || row.family == "unix") continue;
      const int family = row.family == "ipv6" ? AF_INET6 : AF_INET;
      if (parse_host(*host)->family() != family)
        return Error{fmt::format("{} {}: no {} address, which {} requires", name, *host,
                                 row.family == "ipv6" ? "IPv6" : "IPv4", row.name)};
    }
    if (!ends.listen.empty() && !spec.address.empty())
      return Error{fmt::format("--listen: {} names an address already", spec.address)};
  }
  return {};
}

Result<> place_generators(const EndsOptions& ends, Plan& plan) {
  for (auto& spec : plan.cases) {
    spec.generators = ends.generators_via.size();
    if (spec.generators > 1 && spec.socket.source)
      return Error{
          fmt::format("--source is an address of one generator; there are {}", spec.generators)};
    TRY(check_limits(spec));
  }
  return {};
}

Result<Ends> launch(const EndsOptions& options, const Plan& plan) {
  std::shared_ptr<const PushedProgram> pushed;
  if (options.worker_program == kPush) {
    auto program = TRY(find_pushed_program(own_path()).in("--worker-program push"));
    pushed = std::make_shared<PushedProgram>(std::move(program));
  }
  // What this program says itself is in its error.
  const bool shows = options.responder_arguments.empty();
  const auto show = [shows](const std::string& line) {
    if (shows) std::fprintf(stderr, "%s\n", line.c_str());
  };
  auto ends = TRY(launch_ends(options, pushed, show));
  if (options.apart() && std::ranges::any_of(plan.cases, &CaseSpec::loaded))
    ends.background = std::make_unique<Ends>(
        TRY(launch_ends(options, std::move(pushed), show).in("the background")));
  return ends;
}

}  // namespace sockmark::cli
