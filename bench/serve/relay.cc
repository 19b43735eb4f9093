#include "bench/serve/relay.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/wait.h"
#include "bench/serve/sealed_stream.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// For the peer to end its direction once this side has ended its own.
constexpr Nanoseconds kPeerEndTimeout = 4s;

class Relay {
 public:
  Relay(RelayOptions options, const SecretKey& sending, const SecretKey& receiving)
      : options_(std::move(options)), sealer_(sending), opener_(receiving) {}

  Result<> run();

 private:
  Result<> receive();
  Result<> open(std::string_view bytes);
  Result<> flush_to_peer();
  void flush_to_output();
  void read_input();
  void lose_reader();
  Result<> check_time(Instant at) const;
  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] bool done() const {
    return sent_end_ && to_peer_.empty() && opener_.ended() && !options_.output;
  }

  RelayOptions options_;
  Sealer sealer_;
  Opener opener_;
  std::string to_peer_, to_output_;
  bool sent_end_ = false;
  Instant heard_ = now();
  Instant peer_deadline_ = Instant::max();
};

Result<> Relay::run() {
  for (const int descriptor : {options_.input.get(), options_.output.get()})
    set_non_blocking(descriptor);
  TRY(open(std::exchange(options_.received, {})));
  while (true) {
    TRY(flush_to_peer());
    flush_to_output();
    if (done()) return {};
    TRY(check_time(now()));
    const bool reads_peer = to_output_.empty() && !opener_.ended();
    const auto peer_events =
        static_cast<short>((reads_peer ? POLLIN : 0) | (to_peer_.empty() ? 0 : POLLOUT));
    pollfd entries[] = {
        // Without an event to wait for, a closed connection would wake at once, again and again.
        {peer_events == 0 ? -1 : options_.connection.get(), peer_events, 0},
        {options_.input && to_peer_.empty() ? options_.input.get() : -1, POLLIN, 0},
        // Also without anything to write: POLLERR says that the reader has gone.
        {options_.output.get(), static_cast<short>(to_output_.empty() ? 0 : POLLOUT), 0},
        {options_.lifeline, POLLIN, 0}};
    const int timeout = poll_timeout(next_deadline(), now());
    if (::poll(entries, std::size(entries), timeout) < 0 && errno != EINTR)
      return system_error("poll", errno);
    if (entries[3].revents != 0) return Error{"the server ends"};
    if (entries[2].revents != 0 && to_output_.empty()) lose_reader();
    if ((entries[0].revents & ~POLLOUT) != 0 && reads_peer) TRY(receive());
    if (entries[1].revents != 0) read_input();
  }
}

Instant Relay::next_deadline() const {
  const Instant silent = options_.silence_limit == Nanoseconds::max() || opener_.ended()
                             ? Instant::max()
                             : heard_ + options_.silence_limit;
  return std::min({options_.deadline, peer_deadline_, silent});
}

Result<> Relay::check_time(Instant at) const {
  if (at < next_deadline()) return {};
  if (at >= options_.deadline) return Error{"the longest time of a session has passed"};
  if (at >= peer_deadline_) return Error{"the peer did not end the connection"};
  return Error{fmt::format("silent for {} s",
                           std::chrono::floor<std::chrono::seconds>(at - heard_).count())};
}

Result<> Relay::receive() {
  std::array<char, kRecordBytesMax> bytes;
  const auto got = ::read(options_.connection.get(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (got < 0) return system_error("connection lost", errno);
  if (got == 0) return Error{"connection lost: closed by the peer"};
  return open({bytes.data(), static_cast<std::size_t>(got)});
}

Result<> Relay::open(std::string_view bytes) {
  const std::size_t before = to_output_.size();
  TRY(opener_.feed(bytes, to_output_));
  if (to_output_.size() > before || opener_.ended()) heard_ = now();
  if (opener_.ended() || sent_end_)
    peer_deadline_ = std::min(peer_deadline_, now() + kPeerEndTimeout);
  if (!options_.output) to_output_.clear();
  return {};
}

Result<> Relay::flush_to_peer() {
  while (!to_peer_.empty()) {
    const auto taken = ::write(options_.connection.get(), to_peer_.data(), to_peer_.size());
    if (taken < 0 && errno == EAGAIN) return {};
    if (taken < 0 && errno != EINTR) return system_error("connection lost", errno);
    if (taken > 0) to_peer_.erase(0, static_cast<std::size_t>(taken));
  }
  return {};
}

void Relay::flush_to_output() {
  while (!to_output_.empty() && options_.output) {
    const auto taken = ::write(options_.output.get(), to_output_.data(), to_output_.size());
    if (taken > 0) {
      to_output_.erase(0, static_cast<std::size_t>(taken));
    } else if (taken < 0 && errno == EAGAIN) {
      return;
    } else if (taken < 0 && errno != EINTR) {
      lose_reader();
    }
  }
  if (!options_.output) to_output_.clear();
  if (opener_.ended()) options_.output.reset();
}

// It ends the input too, which is not read while the peer takes nothing: a peer that still sends
// must not keep this alive.
void Relay::lose_reader() {
  options_.output.reset();
  peer_deadline_ = std::min(peer_deadline_, now() + kPeerEndTimeout);
}

void Relay::read_input() {
  std::array<char, kRecordBytesMax> bytes;
  const auto got = ::read(options_.input.get(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got > 0) {
    to_peer_ += sealer_.seal({bytes.data(), static_cast<std::size_t>(got)});
    return;
  }
  to_peer_ += sealer_.end();
  sent_end_ = true;
  options_.input.reset();
  peer_deadline_ = std::min(peer_deadline_, now() + kPeerEndTimeout);
}

}  // namespace

Result<> relay(RelayOptions options, const SecretKey& sending, const SecretKey& receiving) {
  return Relay(std::move(options), sending, receiving).run();
}

}  // namespace sockmark
