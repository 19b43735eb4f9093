#include "bench/load/time_exchange.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kBetweenExchanges = 1ms;
// Without a reply: the other end is gone, or a firewall is between.
constexpr Nanoseconds kReplyTimeout = 1s;
// For the last replies, in addition to twice the time that the first took: some may be lost.
constexpr Nanoseconds kLastTimeout = 20ms;

// In the byte order of little-endian machines, as wire.h. A request has t1 alone.
struct TimeMessage {
  std::uint64_t number = 0;
  std::int64_t t1 = 0, t2 = 0, t3 = 0;
};
constexpr std::size_t kTimeMessageBytes = sizeof(TimeMessage);
static_assert(kTimeMessageBytes == 32);

std::array<std::byte, kTimeMessageBytes> bytes_of(const TimeMessage& message) {
  std::array<std::byte, kTimeMessageBytes> bytes;
  std::memcpy(bytes.data(), &message, bytes.size());
  return bytes;
}

std::optional<TimeMessage> message_of(const Received& received) {
  if (received.truncated || received.bytes.size() != kTimeMessageBytes) return std::nullopt;
  TimeMessage message;
  std::memcpy(&message, received.bytes.data(), kTimeMessageBytes);
  return message;
}

void send(Channel& channel, const TimeMessage& message, Scratch& scratch) {
  const auto bytes = bytes_of(message);
  const Message one(bytes);
  // What is not sent is lost, as on the way.
  static_cast<void>(channel.send({&one, 1}, scratch));
}

}  // namespace

TimeServer::TimeServer(std::unique_ptr<Listener> listener)
    : listener_(std::move(listener)), scratch_(std::make_unique<Scratch>(kTimeMessageBytes, 1)) {}

Result<TimeServer> TimeServer::listen(const Address& address, const ChannelOptions& options) {
  auto listener = TRY(transport_of(address).get().listen(address, options));
  return TimeServer(std::move(listener));
}

void TimeServer::watch(std::vector<pollfd>& entries) const {
  entries.push_back({listener_->descriptor(), POLLIN, 0});
  for (const auto& peer : peers_) entries.push_back({peer->descriptor(), POLLIN, 0});
}

void TimeServer::serve() {
  for (;;) {
    auto peer = listener_->accept();
    if (!peer || *peer == nullptr) break;
    peers_.push_back(std::move(*peer));
  }
  for (const auto& peer : peers_) {
    for (;;) {
      const ReceiveBatch batch = peer->receive(*scratch_);
      if (batch.messages.empty()) break;
      for (const auto& received : batch.messages) {
        auto message = message_of(received);
        if (!message) continue;
        message->t2 = ns(batch.arrived);
        message->t3 = ns(now());
        send(*peer, *message, *scratch_);
      }
    }
  }
}

TimeClient::TimeClient(std::unique_ptr<Channel> channel)
    : channel_(std::move(channel)), scratch_(std::make_unique<Scratch>(kTimeMessageBytes, 1)) {}

Result<TimeClient> TimeClient::connect(const Address& server, const ChannelOptions& options,
                                       Instant deadline) {
  auto channel = TRY(transport_of(server).get().connect(server, options));
  TRY(establish(*channel, deadline));
  return TimeClient(std::move(channel));
}

void TimeClient::ask() {
  TimeMessage request{.number = ++latest_};
  request.t1 = ns(now());
  send(*channel_, request, *scratch_);
}

std::uint64_t TimeClient::take(ClockConstraints& constraints) {
  std::uint64_t taken = 0;
  for (;;) {
    const ReceiveBatch batch = channel_->receive(*scratch_);
    if (batch.messages.empty()) return taken;
    for (const auto& received : batch.messages) {
      const auto reply = message_of(received);
      // A late or repeated reply is as true as another: each has its own instants.
      if (!reply || reply->number > latest_) continue;
      taken += constraints.add({.t1 = instant_from_ns(reply->t1),
                                .t2 = instant_from_ns(reply->t2),
                                .t3 = instant_from_ns(reply->t3),
                                .t4 = batch.arrived});
    }
  }
}

std::uint64_t TimeClient::round(ClockConstraints& constraints) {
  const Instant begin = now();
  Instant next = begin, heard = begin;
  std::optional<Nanoseconds> first;  // reply, after the first request
  std::uint64_t asked = 0, answered = 0;
  while (answered < kTimeExchangesOfRound) {
    const Instant at = now();
    const bool asking = asked < kTimeExchangesOfRound;
    const Instant until = heard + (asking || !first ? kReplyTimeout : 2 * *first + kLastTimeout);
    if (at >= until) break;
    if (asking && at >= next) {
      ask();
      ++asked;
      next = at + kBetweenExchanges;
    }
    wait_for_reply(asking ? std::min(next, until) : until);
    const std::uint64_t taken = take(constraints);
    if (taken == 0) continue;
    answered += taken;
    heard = now();
    if (!first) first = heard - begin;
  }
  return answered;
}

// Blocks: a thread that spins keeps the other end from running where processors are few.
void TimeClient::wait_for_reply(Instant until) const {
  const Nanoseconds wait = std::max(until - now(), Nanoseconds(0));
  const timespec timeout{.tv_sec = wait / 1s, .tv_nsec = (wait % 1s).count()};
  pollfd entry{channel_->descriptor(), channel_->readiness().to_receive, 0};
  ::ppoll(&entry, 1, &timeout, nullptr);
}

}  // namespace sockmark
