// Suites: plans as JSON files (suites/, docs/suites.md) or built in.
//
//   {
//     "name": "mine", "summary": "its purpose",
//     "run":   {"duration": "2s", "repetitions": 10},              // options of all cases
//     "cases": [{"transport": ["tcp", "udp"], "size": [64, "1k"],  // a matrix
//                "exclude":  [{"transport": "udp", "size": "1k"}],
//                "override": [{"when": {"transport": "udp"}, "set": {"tmax": "2s"}}]}],
//     "compare": {"by": "transport", "baseline": "tcp", "gates": ["p50:1.05"]}
//   }
//
// Names and values of options are those of `sockmark run` (plan_options.h). Comments (// and /* */)
// are allowed. The path of a UNIX socket must be inside the folder of the suite.
//
// Errors are one line that names file, place and problem: "mine.json: cases[0].size[1]: ...".
// load_suite() reads a file, and symbolic links in the paths of sockets are resolved; all else is
// pure. Any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/plan/plan.h"
#include "bench/plan/plan_options.h"

namespace sockmark {

struct Suite {
  // Selects the cases whose value of every option here is one of the values listed for it.
  using Selection = OptionTexts;
  struct Override {
    Selection when;
    OptionTexts set;
  };
  // One entry of "cases": lists; their combinations are cases.
  struct Matrix {
    OptionTexts options;
    std::vector<Selection> exclude;
    std::vector<Override> overrides;
  };
  std::string name, summary;
  OptionTexts run;
  // The comparison, if any: cases that differ in the parameter `by` are compared with the case
  // whose value is `baseline`, and checked against the gates ("p50:1.05").
  std::string by, baseline;
  std::vector<std::string> gates;
  std::vector<Matrix> cases;
};

// `origin` names the text in errors; relative paths start at `directory`.
[[nodiscard]] Result<Suite> parse_suite(std::string_view text, std::string_view origin,
                                        std::string_view directory);

// A built-in suite by name, or a file. A text without '/' and '.' is a name.
[[nodiscard]] Result<Suite> load_suite(const std::string& name_or_path);

// The cases of all matrices, in order. `supplied`, the options of the command line, take precedence
// over the suite and its overrides. A case in two matrices is an error; cases that become equal
// through `supplied` are measured once.
[[nodiscard]] Result<Plan> make_plan(const Suite& suite, const OptionTexts& supplied);

// The text of every built-in suite, and of a commented template.
struct BuiltinSuite {
  std::string_view name, text;
};
[[nodiscard]] const std::vector<BuiltinSuite>& builtin_suites();
[[nodiscard]] std::string_view suite_template();

}  // namespace sockmark
