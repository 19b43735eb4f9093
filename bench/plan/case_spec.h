// One case: the parameters of a run.
//
// Plain data; any thread.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/enum_names.h"
#include "bench/loop/wait_mode.h"
#include "bench/plan/background.h"
#include "bench/plan/impairment.h"
#include "bench/plan/request_file.h"
#include "bench/plan/schedule.h"
#include "bench/plan/size_mix.h"
#include "bench/plan/stream_direction.h"
#include "transports/socket_options.h"

namespace sockmark {

struct Address;
struct CatalogueRow;

enum class Workload : std::uint8_t {
  rr,       // request and response: the responder sends every message back
  stream,   // one way, at a rate or as fast as the transport takes it; the receiver measures
  connect,  // connect, one request and response, close; again
};

// Which of two programs under comparison measures (docs/definitions/comparing.md).
enum class Arm : std::uint8_t { none, baseline, candidate };

// The names of the command line and the report.
constexpr auto enum_names(Workload) {
  return std::to_array<EnumName<Workload>>(
      {{Workload::rr, "rr"}, {Workload::stream, "stream"}, {Workload::connect, "connect"}});
}
constexpr auto enum_names(Arm) {  // Arm::none has no name
  return std::to_array<EnumName<Arm>>({{Arm::baseline, "baseline"}, {Arm::candidate, "candidate"}});
}
inline constexpr auto kWorkloads = values_of<Workload>();
[[nodiscard]] std::string_view summary_of(Workload workload);

struct Pin {
  static constexpr int kNone = -1;
  int generator = 0, responder = 0;  // CPU numbers; kNone: the responder is not of the run
};

// Test aid: the responder stalls for `length` once every `every`.
struct ServerPause {
  Nanoseconds every{0}, length{0};
};

// One case: the parameters of a run, the same for both ends.
struct CaseSpec {
  Arm arm = Arm::none;
  std::string transport = "tcp";  // a name in the catalogue
  std::string address;            // as the user spelled it; empty: Transport::default_address
  std::string resolved_address;   // numeric, if the host of `address` is a name (host_names.h)
  // Of that name, if an end is elsewhere: where the generator may reach the responder.
  std::vector<std::string> hosts = {};
  Workload workload = Workload::rr;
  StreamDirection direction = StreamDirection::forward;  // stream
  std::uint64_t size = 64;  // bytes, header included; of a mix, the largest
  SizeMix mix = {};         // empty: all messages have one size
  // rr, connect: the size of the answer; absent: the responder sends the request back.
  std::optional<std::uint64_t> response = {};
  // Open loop: messages/s over all connections (rr, stream); of a stream, in each direction.
  std::optional<double> rate;
  ArrivalLaw arrivals = {};
  std::uint64_t depth = 1;  // closed loop: messages outstanding per connection (rr)
  std::uint64_t connections = 1;
  std::uint64_t threads = 1;     // of each end
  std::uint64_t generators = 1;  // processes; each has every n-th of the connections
  WaitMode wait = WaitMode::sleep;
  std::optional<Pin> pin;
  Nanoseconds duration = std::chrono::seconds(5);
  Nanoseconds warmup = std::chrono::seconds(1);
  Nanoseconds tmax = std::chrono::seconds(1);
  // The window ends with so many messages over all connections, `duration` at the latest.
  std::optional<std::uint64_t> messages = {};
  Nanoseconds think{0};  // closed loop: from an answer until the next message is due (rr, connect)
  // Connections/s at which they are opened before the warm-up; absent: all at once (rr, stream).
  std::optional<double> ramp = {};
  // Of the series of a run: the length of its sub-windows. 0: a twentieth of `duration`.
  Nanoseconds interval{0};
  std::optional<ImpairmentSpec> impair;
  std::optional<ServerPause> pause;
  Nanoseconds work{0};          // test aid: CPU time that the responder spends on each message
  bool per_connection = false;  // report the figures of each connection; no part of the case's id
  // Another program that answers at `address`: the run has a generator only.
  ResponderChoice responder = {};
  SocketOptions socket;
  std::optional<std::uint64_t> batch = {};  // messages that one system call may carry, at most
  // Absent: the user did not ask. An idle one: the path without it.
  std::optional<BackgroundLoad> background = {};

  // Must: `transport` is a name in the catalogue, as check_limits() requires.
  [[nodiscard]] const CatalogueRow& transport_row() const;
  [[nodiscard]] bool is_tcp() const;
  // It listens at a socket file that the runner names; otherwise at the user's address, a port, or
  // a name without a file.
  [[nodiscard]] bool needs_socket_file() const;
  // Whether the sender may rely on delivery: the transport is reliable, no faults are injected, and
  // no echo server may lose or repeat messages that the transport has delivered.
  [[nodiscard]] bool reliable() const;
  [[nodiscard]] bool answers() const { return workload != Workload::stream; }
  [[nodiscard]] bool loaded() const { return background && !background->idle(); }
  // Of the messages that the generator sends, in bytes.
  [[nodiscard]] double mean_size() const;
  // Of the answers, or of the messages of a stream; and of any message of the run.
  [[nodiscard]] std::uint64_t returned_size_max() const { return response.value_or(size); }
  [[nodiscard]] std::uint64_t message_size_max() const {
    return std::max(size, returned_size_max());
  }
  // Bytes of a message between the session and the channel: with a request file, which is sent
  // instead, only its header.
  [[nodiscard]] std::uint64_t message_bytes() const;
  // Whether the threads of the responder listen at one address, the one that the user named.
  [[nodiscard]] bool shares_address() const {
    return !address.empty() && threads > 1 && !responder.foreign();
  }

  [[nodiscard]] bool generator_sends() const { return direction != StreamDirection::reverse; }
  // Messages of its own, not answers.
  [[nodiscard]] bool responder_sends() const { return direction != StreamDirection::forward; }

  // For opening the connections.
  [[nodiscard]] Nanoseconds ramp_time() const;

  // Connection c belongs to thread c % threads of either end, and to this generator, from 0.
  [[nodiscard]] std::uint64_t generator_of(std::uint64_t connection) const {
    return connection / threads % generators;
  }

  // Unique within a plan and stable over versions: "tcp/rr/64B/c1". Parts at their defaults (depth
  // 1, one thread, sleep) are left out. The arm is the last part: "...@baseline".
  [[nodiscard]] std::string id() const;
};

// The address at which a case listens: its own, or the default of its transport below `directory`.
// Must: a name is resolved.
[[nodiscard]] Address address_of(const CaseSpec& spec, std::string_view directory);

}  // namespace sockmark
