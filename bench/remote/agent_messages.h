// The messages between the runner and an agent (agent.h). Those of a run pass through the agent
// unchanged (bench/worker/control_messages.h).

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/protocol/messages.h"
#include "reports/model/report.h"
#include "reports/model/report_json.h"

namespace sockmark {

// Both sides send a ping this often. A runner that hears nothing for the first limit gives the
// agent up; an agent that hears nothing for the second one ends its worker and itself. The second
// is longer: a stopped or busy runner is given more time than a network path.
inline constexpr Nanoseconds kPingInterval = std::chrono::seconds(2);
inline constexpr Nanoseconds kAgentSilenceLimit = std::chrono::seconds(10);
inline constexpr Nanoseconds kRunnerSilenceLimit = std::chrono::seconds(20);

// The machine of an agent. Sent right after the greeting, which is limited in length.
struct HostMessage {
  static constexpr ControlType kType = ControlType::host;
  report::Tool tool;
  report::Environment environment;
  // Addresses of this machine at which others may reach it, best first: "10.0.0.2", "fd00::2".
  std::vector<std::string> addresses;
  std::vector<int> cpus;  // on which its workers may run, ascending
  // What the doctor says about this machine (sockmark doctor).
  std::vector<report::Warning> warnings;
};

struct SpawnMessage {
  static constexpr ControlType kType = ControlType::spawn;
  std::string role;  // "generator" or "responder"
};

struct ReleaseMessage {
  static constexpr ControlType kType = ControlType::release;
};

struct EndedMessage {
  static constexpr ControlType kType = ControlType::ended;
  std::int64_t status = 0;  // of exit
  std::int64_t signal = 0;  // that killed it, or 0
};

struct PingMessage {
  static constexpr ControlType kType = ControlType::ping;
};

void fields(auto& visit, report::Of<HostMessage> auto& message) {
  visit("tool", message.tool);
  visit("environment", message.environment);
  visit("addresses", message.addresses);
  visit("cpus", message.cpus, report::kNotNegative);
  visit("warnings", message.warnings);
}
void fields(auto& visit, report::Of<SpawnMessage> auto& message) { visit("role", message.role); }
void fields(auto&, report::Of<ReleaseMessage> auto&) {}
void fields(auto& visit, report::Of<EndedMessage> auto& message) {
  visit("status", message.status, report::kNotNegative);
  visit("signal", message.signal, report::kNotNegative);
}
void fields(auto&, report::Of<PingMessage> auto&) {}

}  // namespace sockmark
