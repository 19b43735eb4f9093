// sockmark run: measure, write the report, print the table.

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/cli.h"
#include "bench/plan.h"
#include "bench/preflight.h"
#include "bench/progress.h"
#include "bench/runner.h"
#include "bench/text_input.h"
#include "reports/atomic_file.h"
#include "reports/json.h"
#include "reports/text.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark run quick\n"
    "  sockmark run -t tcp,unix-stream -w rr,stream -s 64,64k -n 5\n"
    "  sockmark run -t udp -s 1k -c 100 -j 2 --wait spin --pin 0,1\n"
    "  sockmark run -t tcp,udp -r 1k,10k --arrivals poisson --wait hybrid\n"
    "  sockmark run -t udp -w rr,stream -r 20k --impair loss=1%,reorder=2%:3,seed=7\n"
    "  sockmark run -t tcp://127.0.0.1:5001,unix-stream:/tmp/own.sock\n"
    "\nA LIST (a,b,c) makes a case of every combination. The report goes to report.json, the table "
    "to\n"
    "standard output. Exit status: 0 fine, 2 bad input, 4 a run was invalid, 5 report not "
    "written,\n"
    "130 interrupted (finished runs are kept).\n";

// The text of each option that the user gave.
struct Supplied {
  std::optional<std::string> suite, transports, workloads, sizes, rates, arrivals, depths,
      connections, threads, duration, warmup, tmax, repetitions, order, seed, wait, pin, impair,
      pause, send_buffer, receive_buffer;
  std::string output = "report.json", colour = "auto";
  bool quiet = false, no_progress = false;
};

// One option: where its text is, and what the text does to the options of a plan.
struct Reading {
  const char* name;
  std::optional<std::string> Supplied::*text;
  Result<> (*read)(std::string_view text, PlanOptions& options);
};

template <class T, class Parse>
Result<> read_list(std::string_view text, std::vector<T>& list, Parse parse) {
  auto items = split_list(text);
  if (!items) return std::move(items).error();
  list.clear();
  for (const auto& item : *items) {
    auto value = parse(item);
    if (!value) return std::move(value).error();
    list.push_back(*value);
  }
  return {};
}

template <class T, class Value>
Result<> read_one(Result<T> parsed, Value& value) {
  if (!parsed) return std::move(parsed).error();
  value = static_cast<Value>(*parsed);
  return {};
}

// A word as the value that it names.
template <class T, std::size_t N>
Result<T> parse_word(const char* what, std::string_view text, const T (&values)[N]) {
  std::vector<std::string_view> names;
  for (const auto value : values) {
    if (name_of(value) == text) return value;
    names.push_back(name_of(value));
  }
  return unknown_word(what, text, names);
}

auto parse_count_up_to(std::uint64_t most) {
  return [most](std::string_view text) { return parse_count(text, 1, most); };
}

Result<> read_pin(std::string_view text, PlanOptions& options) {
  std::vector<std::uint64_t> cpus;
  auto read =
      read_list(text, cpus, [](std::string_view item) { return parse_count(item, 0, 4095); });
  if (!read) return read;
  if (cpus.size() != 2) {
    return Error{
        fmt::format("\"{}\" is not two CPU numbers, the generator's and the responder's", text)};
  }
  options.common.pin =
      Pin{.generator = static_cast<int>(cpus[0]), .responder = static_cast<int>(cpus[1])};
  return {};
}

Result<> read_pause(std::string_view text, PlanOptions& options) {
  std::vector<Nanoseconds> times;
  if (auto read = read_list(text, times, parse_duration); !read) return read;
  if (times.size() != 2) {
    return Error{fmt::format("\"{}\" is not two times, EVERY,FOR, like 1s,100ms", text)};
  }
  options.common.pause = ServerPause{.every = times[0], .length = times[1]};
  return {};
}

Result<> read_buffer(std::string_view text, std::optional<int>& bytes) {
  auto size = parse_size(text);
  if (!size) return std::move(size).error();
  if (*size < 1 || *size > (std::uint64_t{1} << 30))
    return Error{fmt::format("\"{}\": expected 1 to 1024M", text)};
  bytes = static_cast<int>(*size);
  return {};
}

const std::array kReadings = {
    Reading{"--transport", &Supplied::transports,
            [](std::string_view text, PlanOptions& options) {
              return read_list(text, options.transports,
                               [](const std::string& item) -> Result<std::string> { return item; });
            }},
    Reading{"--workload", &Supplied::workloads,
            [](std::string_view text, PlanOptions& options) {
              return read_list(text, options.workloads, [](const std::string& item) {
                return parse_word("workload", item, kWorkloads);
              });
            }},
    Reading{"--size", &Supplied::sizes,
            [](std::string_view text, PlanOptions& options) {
              return read_list(text, options.sizes, parse_size);
            }},
    Reading{"--rate", &Supplied::rates,
            [](std::string_view text, PlanOptions& options) {
              return read_list(text, options.rates, parse_rate);
            }},
    Reading{"--arrivals", &Supplied::arrivals,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_word("law of arrivals", text, kArrivals),
                              options.common.arrivals);
            }},
    Reading{"--depth", &Supplied::depths,
            [](std::string_view text, PlanOptions& options) {
              return read_list(text, options.depths, parse_count_up_to(kMostDepth));
            }},
    Reading{"--connections", &Supplied::connections,
            [](std::string_view text, PlanOptions& options) {
              return read_list(text, options.connections, parse_count_up_to(kMostConnections));
            }},
    Reading{"--threads", &Supplied::threads,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_count(text, 1, kMostThreads), options.common.threads);
            }},
    Reading{"--duration", &Supplied::duration,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_duration(text), options.common.duration);
            }},
    Reading{"--warmup", &Supplied::warmup,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_duration(text), options.common.warmup);
            }},
    Reading{"--tmax", &Supplied::tmax,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_duration(text), options.common.tmax);
            }},
    Reading{"--repetitions", &Supplied::repetitions,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_count(text, 1, 10'000), options.repetitions);
            }},
    Reading{"--order", &Supplied::order,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_word("order", text, kOrders), options.order);
            }},
    Reading{"--seed", &Supplied::seed,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_count(text, 0, UINT64_MAX), options.seed);
            }},
    Reading{"--wait", &Supplied::wait,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_word("waiting mode", text, kWaitModes), options.wait);
            }},
    Reading{"--pin", &Supplied::pin, read_pin},
    Reading{"--impair", &Supplied::impair,
            [](std::string_view text, PlanOptions& options) {
              return read_one(parse_impairment(text), options.common.impair);
            }},
    Reading{"--server-pause", &Supplied::pause, read_pause},
    Reading{"--sndbuf", &Supplied::send_buffer,
            [](std::string_view text, PlanOptions& options) {
              return read_buffer(text, options.common.socket.send_buffer_bytes);
            }},
    Reading{"--rcvbuf", &Supplied::receive_buffer,
            [](std::string_view text, PlanOptions& options) {
              return read_buffer(text, options.common.socket.receive_buffer_bytes);
            }},
};

Result<PlanOptions> suite_options(const std::optional<std::string>& name) {
  if (!name) return PlanOptions{};
  std::vector<std::string_view> names;
  for (const auto& suite : builtin_suites()) {
    if (suite.name == *name) return suite.options();
    names.push_back(suite.name);
  }
  return unknown_word("suite", *name, names);
}

Result<Plan> plan_of(const Supplied& supplied) {
  auto options = suite_options(supplied.suite);
  if (!options) return std::move(options).error();
  for (const auto& reading : kReadings) {
    const auto& text = supplied.*reading.text;
    if (!text) continue;
    if (auto read = reading.read(*text, *options); !read)
      return std::move(read).error().in(reading.name);
  }
  if (supplied.arrivals && options->rates.empty()) {
    return Error{"--arrivals: only an open loop has a law of arrivals; give a --rate"};
  }
  return make_plan(*options);
}

int terminal_width(int descriptor) {
  winsize size{};
  constexpr int kElsewhere = 120;
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kElsewhere;
  return size.ws_col;
}

// The report to its file, the table to where the report does not go. Answers 0 or kNotWritten.
int publish(const report::Report& report, const Supplied& supplied) {
  const bool to_stdout = supplied.output == "-";
  int status = kFine;
  const auto text = report::to_json(report);
  auto written = to_stdout ? report::write_all(STDOUT_FILENO, text, "standard output")
                           : report::write_file_atomically(supplied.output, text);
  if (!written) status = complain(written.error(), kNotWritten);
  if (supplied.quiet) return status;
  const int descriptor = to_stdout ? STDERR_FILENO : STDOUT_FILENO;
  const auto table = report::text_table(
      report,
      {.colour = wants_colour(supplied.colour, descriptor), .width = terminal_width(descriptor)});
  if (auto printed =
          report::write_all(descriptor, table, to_stdout ? "standard error" : "standard output");
      !printed) {
    status = complain(printed.error(), kNotWritten);
  }
  return status;
}

bool any_invalid(const report::Report& report) {
  for (const auto& one : report.cases) {
    for (const auto& run : one.runs) {
      if (!run.valid) return true;
    }
  }
  return false;
}

int run(const Supplied& supplied) {
  if (supplied.colour != "auto" && supplied.colour != "always" && supplied.colour != "never") {
    constexpr std::array<std::string_view, 3> kColours = {"auto", "always", "never"};
    return complain(unknown_word("colour", supplied.colour, kColours).in("--color"), kBadInput);
  }
  if (supplied.output.empty()) return complain(Error{"--output: the name is empty"}, kBadInput);
  auto plan = plan_of(supplied);
  if (!plan) return complain(plan.error(), kBadInput);
  if (supplied.output != "-") {
    if (auto writable = report::check_writable(supplied.output); !writable) {
      return complain(std::move(writable).error().in("--output"), kBadInput);
    }
  }
  if (auto possible = check_machine(*plan); !possible) return complain(possible.error(), kBadInput);

  const bool wanted = !supplied.quiet && !supplied.no_progress;
  ProgressLine progress(!wanted                        ? ProgressLine::Style::none
                        : ::isatty(STDERR_FILENO) != 0 ? ProgressLine::Style::rewriting
                                                       : ProgressLine::Style::lines,
                        plan->estimated_time());
  auto outcome = run_plan(
      *plan, {.program = own_path(), .progress = [&](const auto& p) { progress.show(p); }});
  progress.clear();

  if (supplied.suite) outcome.report.plan_supplied["suite"] = *supplied.suite;
  for (const auto& reading : kReadings) {
    if (const auto& text = supplied.*reading.text)
      outcome.report.plan_supplied[reading.name + 2] = *text;
  }
  if (const int unwritten = publish(outcome.report, supplied); unwritten != kFine) return unwritten;
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  return any_invalid(outcome.report) ? kInvalid : kFine;
}

}  // namespace

Command add_run(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command = app.add_subcommand("run", "Measure, and write a report");
  command->footer(kExamples);
  const auto add = [&](const char* names, auto& text, const char* description, const char* kind) {
    command->add_option(names, text, description)->type_name(kind);
  };
  add("SUITE", supplied->suite,
      "A built-in suite (sockmark list suites); its values hold where no option is given", "");
  add("-t,--transport", supplied->transports, "Transports or addresses, or all (all)", "LIST");
  add("-w,--workload", supplied->workloads, "rr, stream, connect (rr)", "LIST");
  add("-s,--size", supplied->sizes, "Message sizes in bytes, header included; smallest 32 (64)",
      "LIST");
  add("-r,--rate", supplied->rates,
      "Open loop: messages/s over all connections, 20k (closed loop; stream: saturating)", "LIST");
  add("--arrivals", supplied->arrivals, "With --rate: uniform or poisson (uniform)", "WORD");
  add("--depth", supplied->depths, "Closed rr: messages outstanding per connection (1)", "LIST");
  add("-c,--connections", supplied->connections, "Connections (1)", "LIST");
  add("-j,--threads", supplied->threads, "Threads at each end, sharing the connections (1)", "N");
  add("-d,--duration", supplied->duration, "Length of the measurement: 250ms, 5s, 2m (5s)", "TIME");
  add("--warmup", supplied->warmup, "Traffic before the measurement (1s)", "TIME");
  add("--tmax", supplied->tmax, "A message that takes longer is lost (1s)", "TIME");
  add("-n,--repetitions", supplied->repetitions,
      "Runs per case, each with fresh processes and sockets (3)", "N");
  add("--order", supplied->order, "interleaved, random, sequential (interleaved)", "WORD");
  add("--seed", supplied->seed, "Of everything drawn by lot (1)", "N");
  add("--wait", supplied->wait,
      "How both ends wait: sleep, block, hybrid, spin (sleep; with --rate hybrid)", "WORD");
  add("--pin", supplied->pin, "CPU of the generator and of the responder", "GEN,RESP");
  add("--impair", supplied->impair,
      "Datagrams: impair the path, loss=1%,duplicate=0.5%,reorder=2%:3,delay=5ms,seed=42 "
      "(docs/impairment.md)",
      "SPEC");
  add("--server-pause", supplied->pause,
      "Test aid: the responder stalls FOR at every EVERY, 1s,100ms", "EVERY,FOR");
  add("--sndbuf", supplied->send_buffer, "SO_SNDBUF of every socket (the kernel's default)",
      "SIZE");
  add("--rcvbuf", supplied->receive_buffer, "SO_RCVBUF of every socket (the kernel's default)",
      "SIZE");
  add("-o,--output", supplied->output, "Report, written whole or not at all; - is standard output",
      "FILE");
  add("--color", supplied->colour, "auto, always, never (auto; NO_COLOR is honoured)", "WORD");
  command->add_flag("--quiet", supplied->quiet, "No table and no progress");
  command->add_flag("--no-progress", supplied->no_progress, "No progress");
  return {.app = command, .action = [supplied] { return run(*supplied); }};
}

}  // namespace sockmark::cli
