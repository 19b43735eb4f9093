#include "bench/serve/session.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"
#include "bench/remote/child_process.h"
#include "bench/serve/handshake.h"
#include "bench/serve/relay.h"
#include "bench/serve/server.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Runners send a ping every two seconds.
constexpr Nanoseconds kClientSilenceLimit = 15s;
// For the agent to end its worker and itself.
constexpr Nanoseconds kAgentEndTimeout = 3s;

Result<> read_key(int lifeline, SecretKey& key) {
  const auto got = ::recv(lifeline, key.data(), SecretKey::size(), MSG_WAITALL);
  if (got == static_cast<ssize_t>(SecretKey::size())) return {};
  return Error{"no keys from the server"};
}

Result<> pass_to_agent(const SessionOptions& options, Descriptor connection, int lifeline) {
  SessionKeys keys;
  TRY(read_key(lifeline, keys.client_to_server));
  TRY(read_key(lifeline, keys.server_to_client));
  auto input = TRY(make_pipe());
  auto output = TRY(make_pipe());
  std::vector<std::string> arguments{"sockmark", "worker", "--stdio"};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  auto agent = TRY(ChildProcess::spawn(
      options.program, arguments,
      {{input.reading.get(), STDIN_FILENO}, {output.writing.get(), STDOUT_FILENO}}));
  input.reading.reset();
  output.writing.reset();
  auto passed = relay({.connection = std::move(connection),
                       .input = std::move(output.reading),
                       .output = std::move(input.writing),
                       .lifeline = lifeline,
                       .received = {},
                       .silence_limit = kClientSilenceLimit,
                       .deadline = now() + options.time_limit},
                      keys.server_to_client, keys.client_to_server);
  // Its input has ended. Its destructor kills an agent that does not end.
  static_cast<void>(agent.wait(now() + kAgentEndTimeout));
  return passed;
}

}  // namespace

int run_session(const SessionOptions& options) {
  // The server decides when it ends.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  Descriptor connection(kSessionConnection);
  const Descriptor lifeline(kSessionLifeline);
  for (const int descriptor : {kSessionConnection, kSessionLifeline})
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  const auto passed = pass_to_agent(options, std::move(connection), lifeline.get());
  const std::string reason = passed ? "closed by the client" : passed.error().message;
  static_cast<void>(
      ::send(lifeline.get(), reason.data(), reason.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  return 0;
}

}  // namespace sockmark
