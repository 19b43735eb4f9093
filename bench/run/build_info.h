// Version, compiler and libraries of this binary, for the report.

#pragma once

#include <string>

#include "machine/environment.h"
#include "reports/model/report.h"

namespace sockmark {

[[nodiscard]] report::Tool build_info();
[[nodiscard]] BuildFacts build_facts();

// "sockmark 0.1.0 (git 1a2b3c4, Release, GNU 12.2.0, libuv 1.44.2)"
[[nodiscard]] std::string version_text();

}  // namespace sockmark
