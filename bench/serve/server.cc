#include "bench/serve/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "base/descriptor.h"
#include "base/wait.h"
#include "bench/remote/child_process.h"
#include "bench/serve/control_address.h"
#include "bench/serve/event_log.h"
#include "bench/serve/half_open.h"
#include "bench/serve/handshake.h"
#include "transports/sockets/socket.h"
#include "transports/sockets/socket_file.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

constexpr int kServeBacklog = 256;
constexpr int kAcceptsPerTurn = 64;
constexpr std::size_t kReasonBytesMax = 200;
// A client with a wrong key learns nothing from the time that the answer takes.
constexpr Nanoseconds kRejectionDelay = 200ms;
// Unacknowledged bytes of a peer that has vanished.
constexpr Nanoseconds kServeUserTimeout = 10s;
constexpr Nanoseconds kReapInterval = 50ms;

struct Client {
  Descriptor connection;
  std::string host;  // "10.0.0.9", "user 1000"
  std::string name;  // "10.0.0.9 port 51234", "user 1000 process 4711"
  std::unique_ptr<ServerHandshake> handshake;
};

struct Session {
  std::uint64_t number = 0;
  std::string name;
  Descriptor lifeline;  // empty once the session has closed it
  ChildProcess process;
  std::string reason;
  Instant begun;
};

// Names the client, and sets the options of its connection. Errors: it has gone already.
Result<> set_up_internet(Client& client) {
  const auto peer = TRY(remote_address(client.connection.get(), Address::Scheme::tcp));
  client.host = host_text(peer);
  client.name = control_address_text(peer);
  TRY(set_channel_options(client.connection.get(), {}));
  return set_user_timeout(client.connection.get(), kServeUserTimeout);
}

Result<PeerProcess> set_up_unix(Client& client) {
  const auto peer = TRY(peer_process(client.connection.get()));
  client.host = fmt::format("user {}", peer.user);
  client.name = fmt::format("{} process {}", client.host, peer.process);
  return peer;
}

class Server {
 public:
  Server(const ServeOptions& options, Descriptor listener, SocketFile file, Descriptor signals)
      : options_(options),
        listener_(std::move(listener)),
        file_(std::move(file)),
        signals_(std::move(signals)) {}

  int run();
  void log(const std::string& text) { log_.add(text, now()); }

 private:
  void log_refusal(const std::string& text) { refusals_.add(text, now()); }
  using Slot = HalfOpen<Client>::Slot;

  void wait();
  void accept_clients();
  void accept_client(Descriptor connection, Instant at);
  bool set_up(Client& client);
  void receive_handshakes();
  // Whether the slot is done with.
  bool receive_handshake(Slot& slot);
  void admit(Client client);
  Result<> start_session(Client client);
  void watch_sessions();
  void expire();
  void take_signal();

  const ServeOptions& options_;
  Descriptor listener_;  // empty while it drains
  std::optional<SocketFile> file_;
  Descriptor signals_;
  EventLog log_{"lines about sessions", write_log_line};
  EventLog refusals_{"refusals", write_log_line};
  HalfOpen<Client> half_open_;
  std::vector<Session> sessions_;
  std::uint64_t session_count_ = 0;
  std::optional<Instant> drain_deadline_;
  Instant accept_again_{};  // after an error that concerns this process
  int second_signal_ = 0;
  std::vector<pollfd> entries_;
};

int Server::run() {
  while (second_signal_ == 0) {
    if (drain_deadline_ && (sessions_.empty() || now() >= *drain_deadline_)) break;
    wait();
    take_signal();
    accept_clients();
    receive_handshakes();
    expire();
    watch_sessions();
    for (EventLog* each : {&log_, &refusals_}) each->flush(now());
  }
  log(sessions_.empty()
          ? std::string("ended")
          : fmt::format("ended; {} cut off",
                        sessions_.size() == 1 ? "1 session was"
                                              : fmt::format("{} sessions were", sessions_.size())));
  return second_signal_;
}

void Server::wait() {
  entries_.clear();
  const Instant at = now();
  entries_.push_back({signals_.get(), POLLIN, 0});
  entries_.push_back({at < accept_again_ ? -1 : listener_.get(), POLLIN, 0});
  Instant next = std::min({half_open_.next_deadline(), drain_deadline_.value_or(Instant::max()),
                           log_.next_flush(), refusals_.next_flush()});
  if (at < accept_again_) next = std::min(next, accept_again_);
  for (const auto& slot : half_open_.slots()) {
    const bool open = slot.connection.handshake->state() != ServerHandshake::State::rejected;
    entries_.push_back({open ? slot.connection.connection.get() : -1, POLLIN, 0});
  }
  for (const auto& session : sessions_) {
    entries_.push_back({session.lifeline.get(), POLLIN, 0});
    if (!session.lifeline) next = std::min(next, at + kReapInterval);
  }
  static_cast<void>(::poll(entries_.data(), entries_.size(), poll_timeout(next, at)));
}

void Server::take_signal() {
  signalfd_siginfo signal{};
  if (::read(signals_.get(), &signal, sizeof signal) != sizeof signal) return;
  if (drain_deadline_) {
    second_signal_ = static_cast<int>(signal.ssi_signo);
    return;
  }
  drain_deadline_ = now() + options_.drain_limit;
  listener_.reset();
  file_.reset();
  half_open_.slots().clear();
  log(sessions_.empty()
          ? std::string("ending")
          : fmt::format("ending when {} ended, in {} s at most; a second signal ends it at once",
                        sessions_.size() == 1 ? "the session has"
                                              : fmt::format("{} sessions have", sessions_.size()),
                        std::chrono::ceil<std::chrono::seconds>(options_.drain_limit).count()));
}

void Server::accept_clients() {
  const Instant at = now();
  for (int n = 0; listener_ && n < kAcceptsPerTurn && at >= accept_again_; ++n) {
    Descriptor connection(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection) {
      accept_client(std::move(connection), at);
      continue;
    }
    if (errno == EAGAIN) return;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    // Out of descriptors or memory: the others are served meanwhile.
    log_refusal(system_error("accept", errno).message);
    accept_again_ = at + 100ms;
  }
}

// Whether the client may go on.
bool Server::set_up(Client& client) {
  if (is_internet(options_.listen)) return static_cast<bool>(set_up_internet(client));
  const auto peer = set_up_unix(client);
  // A name that is no file has no permissions, and those of a file can be changed.
  if (!peer || options_.key != nullptr || peer->user == ::geteuid() || peer->user == 0)
    return static_cast<bool>(peer);
  log_refusal(client.name + ": refused: another user, and no key");
  return false;
}

void Server::accept_client(Descriptor connection, Instant at) {
  Client client{
      .connection = std::move(connection),
      .host = {},
      .name = {},
      .handshake = std::make_unique<ServerHandshake>(options_.key, HandshakeSeeds::fresh())};
  if (!set_up(client)) return;
  const auto hello = client.handshake->hello();
  // The buffer of a new connection has room for it.
  if (::send(client.connection.get(), hello.data(), hello.size(), MSG_DONTWAIT | MSG_NOSIGNAL) !=
      static_cast<ssize_t>(hello.size()))
    return;
  std::string host = client.host;
  const auto evicted = half_open_.add(std::move(host), std::move(client), at);
  if (evicted && evicted->connection.handshake->state() != ServerHandshake::State::rejected)
    log_refusal(evicted->connection.name + ": handshake abandoned for a newer connection");
}

void Server::receive_handshakes() {
  auto& slots = half_open_.slots();
  for (std::size_t i = 0; i < slots.size();) {
    if (!receive_handshake(slots[i])) {
      ++i;
      continue;
    }
    auto slot = half_open_.take(slots.begin() + static_cast<std::ptrdiff_t>(i));
    if (slot.connection.handshake->state() == ServerHandshake::State::proven)
      admit(std::move(slot.connection));
  }
}

bool Server::receive_handshake(Slot& slot) {
  Client& client = slot.connection;
  if (client.handshake->state() == ServerHandshake::State::rejected) return false;
  std::array<char, 2 * kServeAuthBytes> bytes;
  const auto got = ::recv(client.connection.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {
    log_refusal(client.name + ": closed before the end of the handshake");
    return true;
  }
  const auto state = client.handshake->feed({bytes.data(), static_cast<std::size_t>(got)});
  if (state == ServerHandshake::State::rejected) {
    log_refusal(fmt::format("{}: {}", client.name, client.handshake->problem()));
    slot.deadline = std::min(slot.deadline, now() + kRejectionDelay);
  }
  return state == ServerHandshake::State::proven;
}

void Server::admit(Client client) {
  const auto admission =
      sessions_.size() < options_.sessions_max ? Admission::admitted : Admission::full;
  const auto welcome = client.handshake->welcome(admission);
  if (::send(client.connection.get(), welcome.data(), welcome.size(),
             MSG_DONTWAIT | MSG_NOSIGNAL) != static_cast<ssize_t>(welcome.size())) {
    log_refusal(client.name + ": closed before the end of the handshake");
    return;
  }
  if (admission == Admission::full) {
    log_refusal(
        fmt::format("{}: refused: all {} sessions are in use", client.name, options_.sessions_max));
    return;
  }
  const std::string name = client.name;
  if (auto started = start_session(std::move(client)); !started)
    log(fmt::format("{}: no session: {}", name, started.error().message));
}

Result<> Server::start_session(Client client) {
  std::vector<std::string> arguments{"sockmark", "session"};
  if (is_internet(options_.listen)) {
    const auto local = TRY(local_address(client.connection.get(), Address::Scheme::tcp));
    arguments.insert(arguments.end(), {"--peer=" + client.host, "--local=" + host_text(local)});
  } else {
    arguments.emplace_back("--one-machine");
  }
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error("socketpair", errno);
  Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  const auto& keys = client.handshake->keys();
  for (const SecretKey* key : {&keys.client_to_server, &keys.server_to_client}) {
    if (::send(ours.get(), key->data(), SecretKey::size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(SecretKey::size()))
      return system_error("pass the keys", errno);
  }
  // Above the numbers that they have in the session, so that neither replaces the other.
  const Descriptor connection(
      ::fcntl(client.connection.get(), F_DUPFD_CLOEXEC, kSessionLifeline + 1));
  const Descriptor lifeline(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, kSessionLifeline + 1));
  if (!connection || !lifeline) return system_error("dup", errno);
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  auto process = TRY(ChildProcess::spawn(
      options_.program, arguments,
      {{connection.get(), kSessionConnection}, {lifeline.get(), kSessionLifeline}}));
  sessions_.push_back({.number = ++session_count_,
                       .name = std::move(client.name),
                       .lifeline = std::move(ours),
                       .process = std::move(process),
                       .reason = {},
                       .begun = now()});
  log(fmt::format("{}: session {} begins", sessions_.back().name, session_count_));
  return {};
}

void Server::watch_sessions() {
  for (auto& session : sessions_) {
    while (session.lifeline) {
      std::array<char, kReasonBytesMax> bytes;
      const auto got = ::recv(session.lifeline.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
      if (got <= 0) session.lifeline.reset();
      if (got > 0 && session.reason.size() < kReasonBytesMax)
        session.reason.append(bytes.data(), static_cast<std::size_t>(got));
    }
  }
  std::erase_if(sessions_, [this](Session& session) {
    if (session.lifeline) return false;
    const auto ended = session.process.wait(Instant::min());
    if (!ended) return false;
    const double seconds = std::chrono::duration<double>(now() - session.begun).count();
    log(fmt::format("{}: session {} ended after {:.1f} s: {}", session.name, session.number,
                    seconds, session.reason.empty() ? describe(*ended) : session.reason));
    return true;
  });
}

void Server::expire() {
  for (const auto& slot : half_open_.expire(now())) {
    if (slot.connection.handshake->state() != ServerHandshake::State::rejected)
      log_refusal(slot.connection.name + ": handshake timed out");
  }
}

Result<Descriptor> open_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  if (::sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return system_error("sigprocmask", errno);
  Descriptor descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor) return system_error("signalfd", errno);
  return descriptor;
}

}  // namespace

Result<int> serve(const ServeOptions& options) {
  const std::string where = "listen at " + control_address_text(options.listen);
  auto listener =
      TRY(open_socket(options.listen.family(), SOCK_STREAM, FileMode::non_blocking).in(where));
  TRY(set_listener_options(listener.get(), {}).in(where));
  auto file = TRY(bind_listener(listener.get(), options.listen, {}).in(where));
  if (::listen(listener.get(), kServeBacklog) != 0) return system_error(where, errno);
  const auto local = TRY(local_address(listener.get(), options.listen.scheme).in(where));
  auto signals = TRY(open_signals());
  Server server(options, std::move(listener), std::move(file), std::move(signals));
  server.log(fmt::format("listening at {}{}", control_address_text(local),
                         options.key == nullptr ? " without a key" : ""));
  return server.run();
}

}  // namespace sockmark
