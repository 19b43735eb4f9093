// sockmark serve: lets authenticated clients run responders on this machine.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/parse.h"
#include "bench/checks/limits.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/options.h"
#include "bench/serve/control_address.h"
#include "bench/serve/half_open.h"
#include "bench/serve/server.h"
#include "bench/worker/run_limits.h"
#include "transports/resolve.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExplanation =
    "\nClients measure with: sockmark run --remote HOST --secret-file FILE. They start responders\n"
    "here, which answer the client's host only. Messages of other hosts, and clients without the\n"
    "key, get no reply. docs/serve.md describes the log, the limits and how to run this as a\n"
    "service.\n"
    "SIGTERM ends it when the running sessions have ended, a second one at once.\n"
    "Exit status: 0 ended by SIGTERM, 2 bad input or cannot listen, 128 + n by signal n.\n";

struct Arguments {
  std::string listen = "127.0.0.1";
  std::optional<std::string> secret_file;
  bool no_auth = false, allow_root = false;
  std::int64_t max_sessions = 8, max_connections = 10'000;
  std::string max_duration = "1h", max_message = "16M", max_session = "24h", drain = "60s";
  std::optional<std::string> max_rate, max_bandwidth;
};

// Whether only this machine can connect to it.
bool is_local(const Address& address) {
  if (!is_internet(address)) return true;
  const auto host = host_text(address);
  return host == "::1" || host.starts_with("127.");
}

Result<Address> address_to_listen(const Arguments& arguments) {
  // Port 0 is a free one.
  const bool any_port = arguments.listen.ends_with(":0");
  const auto text = TRY(serve_address(arguments.listen).in("--listen"));
  const auto address = TRY(resolve(text).in("--listen")).front();
  const bool has_port = is_internet(address) && !parse_host(arguments.listen);
  return any_port && has_port ? with_port(address, 0) : address;
}

// Whether these options may listen there.
Result<> check_safety(const Arguments& arguments, const Address& address) {
  if (arguments.no_auth && arguments.secret_file)
    return Error{"--insecure-no-auth excludes --secret-file"};
  if (is_local(address)) return {};
  if (!arguments.secret_file && !arguments.no_auth)
    return Error{
        fmt::format("--listen {} is not a loopback address: it requires --secret-file FILE "
                    "(sockmark genkey FILE creates one)",
                    arguments.listen)};
  if (::geteuid() == 0 && !arguments.allow_root)
    return Error{
        fmt::format("--listen {} as root requires --allow-root; better, run it as another "
                    "user",
                    arguments.listen)};
  return {};
}

Result<RunLimits> limits_of(const Arguments& arguments) {
  RunLimits limits;
  limits.connections = static_cast<std::uint64_t>(arguments.max_connections);
  limits.threads = std::max(1U, std::thread::hardware_concurrency());
  limits.message_bytes = TRY(parse_size(arguments.max_message).in("--max-message"));
  limits.duration = TRY(parse_duration(arguments.max_duration).in("--max-duration"));
  if (arguments.max_rate) limits.rate = TRY(parse_rate(*arguments.max_rate).in("--max-rate"));
  if (arguments.max_bandwidth)
    limits.bandwidth = TRY(parse_rate(*arguments.max_bandwidth).in("--max-bandwidth"));
  if (limits.message_bytes == 0) return Error{"--max-message 0: expected at least 1 byte"};
  if (limits.duration <= Nanoseconds(0)) return Error{"--max-duration: expected a positive time"};
  for (const auto& [option, limit] :
       {std::pair("--max-rate", limits.rate), std::pair("--max-bandwidth", limits.bandwidth)}) {
    if (limit && !(*limit > 0)) return Error{fmt::format("{}: expected a positive rate", option)};
  }
  return limits;
}

Result<int> serve_by(const Arguments& arguments) {
  protect_process();
  const auto address = TRY(address_to_listen(arguments));
  TRY(check_safety(arguments, address));
  const auto limits = TRY(limits_of(arguments));
  const auto session = TRY(parse_duration(arguments.max_session).in("--max-session"));
  const auto drain = TRY(parse_duration(arguments.drain).in("--drain"));
  if (session <= Nanoseconds(0)) return Error{"--max-session: expected a positive time"};
  const auto sessions = static_cast<std::size_t>(arguments.max_sessions);
  constexpr std::uint64_t kOwnDescriptors = 64;
  TRY(raise_descriptor_limit(kHalfOpenMax + sessions + kOwnDescriptors));
  std::optional<SecretKey> key;
  if (arguments.secret_file)
    key.emplace(TRY(read_key_file(*arguments.secret_file).in("--secret-file")));
  return serve({.listen = address,
                .key = key ? &*key : nullptr,
                .program = own_path(),
                .arguments = {"--limits=" + text_of(limits),
                              fmt::format("--time-limit={}ns", session.count())},
                .sessions_max = sessions,
                .drain_limit = drain});
}

int run_serve(const Arguments& arguments) {
  const auto ended = serve_by(arguments);
  if (!ended) return fail(ended.error(), kBadInput);
  return *ended == 0 ? static_cast<int>(kSuccess) : 128 + *ended;
}

}  // namespace

void add_serve(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command =
      program.add_command("serve", "Let authenticated clients measure against this machine");
  command.footer(kExplanation);
  command.text("--listen", "HOST[:PORT]", arguments->listen,
               "The address for clients, or unix-stream:PATH (127.0.0.1, port 7625; port 0: a free "
               "one)");
  command.text("--secret-file", "FILE", arguments->secret_file,
               "The key that clients must have, created by sockmark genkey");
  command.flag("--insecure-no-auth", arguments->no_auth,
               "Serve everyone who reaches an address that is not loopback");
  command.flag("--allow-root", arguments->allow_root,
               "Serve other hosts as root, which no part of this requires");
  command.section("Limits");
  command.number("--max-sessions", "N", arguments->max_sessions, 1, "Clients at once (8)");
  command.number("--max-connections", "N", arguments->max_connections, 1,
                 "Connections of a run (10000)");
  command.text("--max-duration", "TIME", arguments->max_duration,
               "Warm-up, window and twice Tmax of a run together (1h)");
  command.text("--max-rate", "RATE", arguments->max_rate,
               "Messages per second of a run, which then must have a rate (none)");
  command.text("--max-bandwidth", "RATE", arguments->max_bandwidth,
               "Bits per second of its messages in one direction, which then must have a rate "
               "(none)");
  command.text("--max-message", "SIZE", arguments->max_message, "Bytes of a message (16M)");
  command.text("--max-session", "TIME", arguments->max_session, "Time of a session (24h)");
  command.text("--drain", "TIME", arguments->drain,
               "How long sessions may go on after SIGTERM (60s)");
  command.action([arguments] { return run_serve(*arguments); });
}

}  // namespace sockmark::cli
