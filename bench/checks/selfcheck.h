// The meter against known truths: cases whose outcome is known beforehand, because sockmark itself
// loses, copies, reorders, damages, delays and stalls what it then measures. What a user runs first
// on a new machine.
//
// Plain data and pure functions; running the cases is the caller's
// (bench/cli/commands/selfcheck.cc).

#pragma once

#include <string>
#include <vector>

#include "bench/plan/plan.h"
#include "reports/model/report.h"

namespace sockmark {

// What one look at a run found.
struct Finding {
  std::string injected, measured;
  bool as_injected = false;
};

struct SelfCheck {
  std::string name;
  CaseSpec spec;
  Finding (*judge)(const report::Run& run);
};

// Takes under a minute, needs no privileges. Cases may share a transport and an id.
[[nodiscard]] const std::vector<SelfCheck>& selfchecks();

// The judgement, or what kept the run from being measured.
[[nodiscard]] Finding judge(const SelfCheck& check, const report::Run& run);

// One line a check, then what it amounts to. Must: as many findings as checks; fewer when it was
// interrupted.
[[nodiscard]] std::string selfcheck_table(const std::vector<SelfCheck>& checks,
                                          const std::vector<Finding>& findings, bool colour);

}  // namespace sockmark
