// Suites: what to measure, as a JSON file (suites/, docs/suites.md) or built in.
//
//   {
//     "name": "mine", "summary": "what it is for",
//     "run":   {"duration": "2s", "repetitions": 10},           options of all cases
//     "cases": [{"transport": ["tcp", "udp"], "size": [64, "1k"],  a matrix
//                "exclude":  [{"transport": "udp", "size": "1k"}],
//                "override": [{"when": {"transport": "udp"}, "set": {"tmax": "2s"}}]}],
//     "compare": {"by": "transport", "baseline": "tcp", "gates": ["p50:1.05"]}
//   }
//
// Option names and the text of values are those of `sockmark run` (plan_options.h). Comments
// (// and /* */) are allowed. A path of a UNIX socket is beneath the suite's own folder.
//
// Errors are one line that names file, place and problem: "mine.json: cases[0].size[1]: ...". Pure
// but for load_suite(), which reads a file, and for paths of sockets, whose symbolic links are
// looked up; any thread.

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
  // Which cases a rule is about: those whose value of each of these options is among the ones
  // given.
  using Selection = OptionTexts;
  struct Override {
    Selection when;
    OptionTexts set;
  };
  // One entry of "cases": lists, whose combinations are cases.
  struct Matrix {
    OptionTexts options;
    std::vector<Selection> exclude;
    std::vector<Override> overrides;
  };
  std::string name, summary;
  OptionTexts run;
  // What its report answers, if anything: cases that differ in a parameter are compared with those
  // that have the value `baseline` of it, and may not be worse than the gates say ("p50:1.05").
  std::string by, baseline;
  std::vector<std::string> gates;
  std::vector<Matrix> cases;
};

// `origin` says in errors where the text is from; `directory` is where its paths begin.
[[nodiscard]] Result<Suite> parse_suite(std::string_view text, std::string_view origin,
                                        std::string_view directory);

// A built-in suite by its name, or else a file. A word without '/' or '.' can only be a name.
[[nodiscard]] Result<Suite> load_suite(const std::string& name_or_path);

// The cases of all matrices, in their order; `supplied` (the command line) outranks what the suite
// says, overrides too. A case that two matrices share is an error, or after `supplied` has made
// different ones equal measured once.
[[nodiscard]] Result<Plan> make_plan(const Suite& suite, const OptionTexts& supplied);

// The text of each suite that is built in, and of one with comments that explains everything.
struct BuiltinSuite {
  std::string_view name, text;
};
[[nodiscard]] const std::vector<BuiltinSuite>& builtin_suites();
[[nodiscard]] std::string_view suite_template();

}  // namespace sockmark
