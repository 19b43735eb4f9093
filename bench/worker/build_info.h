// What this process is and where it runs: version, compiler and libraries of the binary, the
// machine, and the greeting that it sends.

#pragma once

#include <string>

#include "bench/protocol/messages.h"
#include "machine/environment.h"
#include "reports/model/report.h"

namespace sockmark {

[[nodiscard]] report::Tool build_info();
[[nodiscard]] BuildFacts build_facts();

// The machine that this process runs on, with the network interface of its messages. `interface` is
// empty if that is not known.
[[nodiscard]] report::Environment environment_here(const std::string& interface = "lo");

// The greeting of this process over a control channel.
[[nodiscard]] HelloMessage hello_of(std::string role);

// "sockmark 0.1.0 (git 1a2b3c4, Release, GNU 12.2.0, libuv 1.44.2)"
[[nodiscard]] std::string version_text();

}  // namespace sockmark
