// Where the ends of every run of a plan are, one responder and one generator or several: on this
// machine, or where launchers started them.
//
// Owned by the command, lives as long as the plan. Threading: one thread at a time.

#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/remote/launcher.h"

namespace sockmark {

struct EndsOptions {
  std::string responder_via;  // a command; empty: this machine
  // The same for each generator; never empty.
  std::vector<std::string> generators_via = {""};
  // The responder is reached by these arguments (LaunchOptions::arguments), not by splitting
  // `responder_via`.
  std::vector<std::string> responder_arguments{};
  std::string worker_program = "sockmark";  // there, or kPush
  Nanoseconds launch_timeout = std::chrono::seconds(60);
  std::string listen;    // host at which the responder listens; empty: every address
  std::string reach_at;  // host at which the generator reaches it; empty: found
  // How far CLOCK_REALTIME of the two may be apart, which something else keeps synchronised.
  std::optional<Nanoseconds> clock_bound = {};

  // Whether an end is elsewhere, so that an address of one may mean nothing to the other.
  [[nodiscard]] bool apart() const {
    return !responder_via.empty() ||
           std::ranges::any_of(generators_via, [](const auto& via) { return !via.empty(); });
  }
};

// The options that give exactly these: names and texts; those at their defaults are left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> texts_of(const EndsOptions& options);

struct Ends {
  EndsOptions options;
  // Null: on this machine.
  std::unique_ptr<RemoteEnd> responder;
  std::vector<std::unique_ptr<RemoteEnd>> generators;  // empty, or as in the options

  // Of the load beside a case: an agent runs one worker at a time. Null: there is no such load.
  std::unique_ptr<Ends> background = {};

  [[nodiscard]] bool apart() const { return options.apart(); }
  [[nodiscard]] RemoteEnd* generator(std::size_t index) const {
    return index < generators.size() ? generators[index].get() : nullptr;
  }
  // Those that are not on this machine.
  [[nodiscard]] std::vector<RemoteEnd*> elsewhere() const;
};

// Starts the agents; `pushed`: LaunchOptions::pushed. Errors: as RemoteEnd::launch().
[[nodiscard]] Result<Ends> launch_ends(const EndsOptions& options,
                                       std::shared_ptr<const PushedProgram> pushed,
                                       const std::function<void(const std::string&)>& show);

}  // namespace sockmark
