// How a command joins the command line.
//
// Each command is one file that offers one `add_...` function. It declares its options on the
// application and returns what to do when the command was chosen; main.cc lists them.

#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace sockmark::cli {

// Runs the chosen command; answers the exit status.
struct Command {
  CLI::App* app = nullptr;
  std::function<int()> action;
};

[[nodiscard]] Command add_run(CLI::App& app);
[[nodiscard]] Command add_calibrate(CLI::App& app);
[[nodiscard]] Command add_list(CLI::App& app);
[[nodiscard]] Command add_analyze(CLI::App& app);
[[nodiscard]] Command add_compare(CLI::App& app);
[[nodiscard]] Command add_report(CLI::App& app);
[[nodiscard]] Command add_export(CLI::App& app);
[[nodiscard]] Command add_selfcheck(CLI::App& app);
[[nodiscard]] Command add_doctor(CLI::App& app);
[[nodiscard]] Command add_worker(CLI::App& app);  // hidden: what the runner starts

}  // namespace sockmark::cli
