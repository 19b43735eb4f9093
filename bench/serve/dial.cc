#include "bench/serve/dial.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/wait.h"
#include "bench/serve/control_address.h"
#include "bench/serve/handshake.h"
#include "bench/serve/relay.h"
#include "transports/resolve.h"
#include "transports/sockets/socket.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kDialTimeout = 5s, kAnswerTimeout = 5s;
constexpr Nanoseconds kDialUserTimeout = 10s, kRetryInterval = 10ms;

Result<Descriptor> connect_to(const Address& address) {
  const std::string where = control_address_text(address);
  auto socket = TRY(open_socket(address.family(), SOCK_STREAM, FileMode::non_blocking));
  TRY(set_channel_options(socket.get(), {}));
  if (is_internet(address)) TRY(set_user_timeout(socket.get(), kDialUserTimeout));
  const Instant deadline = now() + kDialTimeout;
  while (::connect(socket.get(), address.get(), address.length) != 0 && errno != EISCONN) {
    // EAGAIN: the backlog of a UNIX socket is full. No event says when that changes.
    if (errno != EINPROGRESS && errno != EALREADY && errno != EINTR && errno != EAGAIN)
      return Error{where + ": " + connect_problem(errno)};
    const Instant retry = errno == EAGAIN ? std::min(deadline, now() + kRetryInterval) : deadline;
    if (!wait_for(socket.get(), POLLOUT, retry) && now() >= deadline)
      return Error{
          fmt::format("{} does not answer (5 s); a firewall may drop what is sent there", where)};
  }
  return socket;
}

// At the first address that accepts.
Result<Descriptor> connect_to_any(const std::vector<Address>& addresses) {
  std::string problems;
  for (const auto& address : addresses) {
    auto socket = connect_to(address);
    if (socket) return socket;
    problems += (problems.empty() ? "" : "; ") + socket.error().message;
  }
  return Error{std::move(problems)};
}

Result<> send_all(int socket, std::string_view bytes, Instant deadline) {
  while (!bytes.empty()) {
    const auto taken = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken > 0) bytes.remove_prefix(static_cast<std::size_t>(taken));
    if (taken < 0 && errno == EAGAIN && !wait_for(socket, POLLOUT, deadline))
      return Error{"does not answer"};
    if (taken < 0 && errno != EAGAIN && errno != EINTR) return system_error("send", errno);
  }
  return {};
}

Result<> shake_hands(ClientHandshake& handshake, int socket) {
  const Instant deadline = now() + kAnswerTimeout;
  while (!handshake.done()) {
    if (!wait_for(socket, POLLIN, deadline))
      return Error{"is connected, but not as sockmark serve does: it sends nothing"};
    std::array<char, 4096> bytes;
    const auto got = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) {
      return Error{handshake.waits_for_welcome()
                       ? "closed the connection after the authentication: the keys differ"
                       : "closed the connection before a greeting"};
    }
    const auto answer = TRY(handshake.feed({bytes.data(), static_cast<std::size_t>(got)}));
    TRY(send_all(socket, answer, deadline));
  }
  return {};
}

}  // namespace

Result<> dial(const std::string& where, const SecretKey* key) {
  const auto address = TRY(serve_address(where));
  const auto addresses = TRY(resolve(address).in(where));
  auto socket = TRY(connect_to_any(addresses).in(where));
  ClientHandshake handshake(key, HandshakeSeeds::fresh());
  if (auto shaken = shake_hands(handshake, socket.get()); !shaken)
    return Error{where + " " + shaken.error().message};
  return relay({.connection = std::move(socket),
                .input = Descriptor(STDIN_FILENO),
                .output = Descriptor(STDOUT_FILENO),
                .received = handshake.rest(),
                .silence_limit = Nanoseconds::max()},
               handshake.keys().client_to_server, handshake.keys().server_to_client)
      .in(where);
}

}  // namespace sockmark
