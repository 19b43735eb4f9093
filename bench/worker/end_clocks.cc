#include "bench/worker/end_clocks.h"

#include <algorithm>
#include <utility>

#include "machine/clock_readings.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// For the connection: a firewall must not hold up each run for longer.
constexpr Nanoseconds kTimeConnectTimeout = 1s;
// CLOCK_BOOTTIME goes on while a machine is suspended; less is an error of reading.
constexpr Nanoseconds kSuspendedMin = 1ms;

Nanoseconds monotonic_ahead_of(const ClockPair& pair) {
  return pair.monotonic.time_since_epoch() - pair.other;
}

// Of the exchanges: those of the data, without what only their size asks for.
ChannelOptions exchange_options(const Assignment& assignment) {
  ChannelOptions options = assignment.channel;
  options.share_port = false;
  options.socket.segmentation_offload = false;
  options.socket.send_buffer_bytes.reset();
  options.socket.receive_buffer_bytes.reset();
  // They are datagrams.
  options.socket.tcp_nodelay.reset();
  options.socket.congestion.clear();
  options.socket.quick_ack.reset();
  options.socket.segment_bytes_max.reset();
  return options;
}

}  // namespace

bool compares_clocks(const Assignment& assignment) {
  const bool unix = assignment.spec.transport_row().family == "unix";
  return assignment.apart && !(unix && assignment.clock_shared) &&
         !assignment.spec.responder.foreign();
}

OwnClockReader::OwnClockReader() : next_(now()) {
  const ClockPair real = read_clocks(CLOCK_REALTIME);
  own_.ahead_begin_ns = ns(monotonic_ahead_of(real));
  own_.reading_error_ns = ns(real.error);
  boot_time_ahead_ = -monotonic_ahead_of(read_clocks(CLOCK_BOOTTIME));
}

void OwnClockReader::sample() {
  const ClockPair raw = read_clocks(CLOCK_MONOTONIC_RAW);
  straightness_.add(raw.monotonic, raw.other);
}

Instant OwnClockReader::observe(Instant at) {
  if (at >= next_) {
    sample();
    next_ = at + kTimeExchangeInterval;
  }
  return next_;
}

OwnClocks OwnClockReader::finish() {
  sample();
  const ClockPair real = read_clocks(CLOCK_REALTIME);
  own_.ahead_end_ns = ns(monotonic_ahead_of(real));
  own_.reading_error_ns = std::max(own_.reading_error_ns, ns(real.error));
  const Nanoseconds ahead = -monotonic_ahead_of(read_clocks(CLOCK_BOOTTIME));
  own_.end.suspended = ahead - boot_time_ahead_ > kSuspendedMin;
  own_.end.departure_ns = ns(straightness_.departure());
  if (const auto discipline = read_clock_discipline()) {
    own_.end.maxerror_us = std::max<std::int64_t>(discipline->maxerror_us, 0);
    own_.end.synchronised = discipline->synchronised;
  }
  return own_;
}

GeneratorClocks::GeneratorClocks(const Assignment& assignment)
    : same_identity_(assignment.same_identity), next_(now()) {
  if (!assignment.time_address.empty()) {
    if (auto server = parse_address(assignment.time_address)) {
      const Address& data = assignment.addresses.front();
      if (is_internet(data)) server = with_host_of(*server, data);
      auto client =
          TimeClient::connect(*server, exchange_options(assignment), now() + kTimeConnectTimeout);
      if (client) {
        client_ = std::move(*client);
        path_ = server->text();
        before_ = client_->round(constraints_);
      }
    }
  }
  estimate_ = estimate_theta(constraints_, before_, assignment.same_identity, now());
}

Instant GeneratorClocks::observe(Instant at) {
  const Instant next = own_.observe(at);
  if (!client_) return next;
  client_->take(constraints_);
  if (at >= next_) {
    client_->ask();
    next_ = at + kTimeExchangeInterval;
  }
  return std::min(next, next_);
}

GeneratorClock GeneratorClocks::finish(Instant t0, Instant end) {
  GeneratorClock result{
      .own = {}, .same_identity = same_identity_, .t0_ns = ns(t0), .end_ns = ns(end)};
  if (client_) {
    result.path = path_;
    result.before = before_;
    result.after = client_->round(constraints_);
  }
  result.own = own_.finish();
  auto points = constraints_.points(kClockPointsMax);
  result.above = std::move(points.above);
  result.below = std::move(points.below);
  result.exchanges = points.exchanges;
  if (points.rtt_min) {
    result.rtt_min_ns = ns(*points.rtt_min);
  } else {
    result.rtt_min_ns = Maybe<std::int64_t>::none(kClockExchanges);
  }
  return result;
}

ResponderClocks::ResponderClocks(const Address& data, const Assignment& assignment) {
  Address at = wildcard_of(Address::Scheme::udp, is_internet(data) ? data.family() : AF_INET);
  if (is_internet(data)) {
    at = with_host_of(at, data);
  } else {
    at = local_target(at);  // both ends of a UNIX socket are on one machine
  }
  if (auto server = TimeServer::listen(at, exchange_options(assignment)))
    server_.emplace(std::move(*server));
}

std::string ResponderClocks::address() const {
  return server_ ? server_->local().text() : std::string();
}

void ResponderClocks::watch(std::vector<pollfd>& entries) const {
  if (server_) server_->watch(entries);
}

Instant ResponderClocks::observe(Instant at) {
  if (server_) server_->serve();
  return own_.observe(at);
}

}  // namespace sockmark
