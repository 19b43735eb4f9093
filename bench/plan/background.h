// The load that fills a path while a case is measured over it: streams as fast as they go, of
// processes of their own (docs/background-load.md).
//
// Plain data and pure functions; any thread.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/plan/stream_direction.h"

namespace sockmark {

struct CaseSpec;

struct BackgroundLoad {
  std::string transport;          // a name in the catalogue
  std::uint64_t connections = 0;  // 0: the path is idle, which the user asked for
  StreamDirection direction = StreamDirection::forward;

  [[nodiscard]] bool idle() const { return connections == 0; }
  bool operator==(const BackgroundLoad&) const = default;
};

// "stream:tcp:4:both"; "none" of an idle path.
[[nodiscard]] std::string text_of(const BackgroundLoad& load);

// What text_of() returns; one connection where no number is given. Errors: another workload, an
// unknown transport, no direction.
[[nodiscard]] Result<BackgroundLoad> parse_background(std::string_view text);

// The list of a user with the loads that each item stands for: one without a direction is measured
// idle, and in each direction.
[[nodiscard]] Result<std::string> expand_backgrounds(std::string_view list);

// The case that is measured in the background of `probe`, in the same window. Must: its load is not
// idle, and check_background() found no error.
[[nodiscard]] CaseSpec background_of(const CaseSpec& probe);

// Error: the load cannot be measured beside this case.
[[nodiscard]] Result<> check_background(const CaseSpec& probe);

}  // namespace sockmark
