// Checks the measurements against known faults: sockmark drops, duplicates, reorders, damages and
// delays messages and stalls the responder, and must measure exactly that.
//
// Plain data and pure functions; bench/cli/commands/selfcheck.cc runs the cases.

#pragma once

#include <string>
#include <vector>

#include "bench/plan/plan.h"
#include "reports/model/report.h"

namespace sockmark {

struct SelfcheckResult {
  std::string injected, measured;
  bool as_injected = false;
};

struct SelfCheck {
  std::string name;
  CaseSpec spec;
  SelfcheckResult (*judge)(const report::Run& run);
};

// All checks: less than a minute of runs, without privileges. Cases may share a transport and an
// id.
[[nodiscard]] const std::vector<SelfCheck>& selfchecks();

// The result, or the reason why the run was not measured.
[[nodiscard]] SelfcheckResult judge(const SelfCheck& check, const report::Run& run);

// One line for each check, and a summary. Must: as many results as checks, or fewer after an
// interruption.
[[nodiscard]] std::string selfcheck_table(const std::vector<SelfCheck>& checks,
                                          const std::vector<SelfcheckResult>& results, bool colour);

}  // namespace sockmark
