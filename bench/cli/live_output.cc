#include "bench/cli/live_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "base/printable.h"
#include "bench/cli/cli.h"
#include "reports/format/units.h"

namespace sockmark::cli {

namespace {

using namespace std::chrono_literals;

// For a reader that takes nothing when everything else is done.
constexpr Nanoseconds kPatience = 1s;

void report_dropped(const std::string& name, const LineOutput& output) {
  if (output.dropped() == 0) return;
  const std::string why = output.failure().empty() ? "its reader is too slow" : output.failure();
  warn(Error{
      fmt::format("{}: {} dropped: {}", name, report::counted(output.dropped(), "line"), why)});
}

}  // namespace

void LiveOutput::print_lines(int descriptor, bool bits) {
  lines_.emplace(Lines{.format = IntervalLines(*plan_, bits), .output = LineOutput(descriptor)});
}

Result<> LiveOutput::open_stream(const std::string& file) {
  auto output =
      file == "-" ? Result<LineOutput>(LineOutput(STDOUT_FILENO)) : LineOutput::open(file);
  if (!output) return std::move(output).error();
  stream_.emplace(Stream{.name = "--json-stream " + report::printable(file),
                         .format = {},
                         .output = *std::move(output)});
  return {};
}

void LiveOutput::begin(const report::Report& planned) {
  if (!stream_) return;
  stream_->output.empty_file();
  stream(stream_->format.begin(*plan_, planned));
}

void LiveOutput::run_begins(const RunnerOptions::Progress& progress) {
  if (stream_) stream(stream_->format.run_begin(progress));
}

void LiveOutput::interval(const RunnerOptions::Interval& interval) {
  if (lines_) {
    if (!std::exchange(lines_->has_header, true)) lines_->output.add(lines_->format.header());
    lines_->output.add(lines_->format.line(interval));
    lines_->output.flush();
  }
  if (stream_) stream(stream_->format.interval(interval));
}

void LiveOutput::run_ends(const report::Case& one) {
  if (stream_) stream(stream_->format.run_end(one));
}

void LiveOutput::stream(std::string line) {
  stream_->output.add(std::move(line));
  stream_->output.flush();
}

void LiveOutput::flush() {
  if (lines_) lines_->output.flush();
  if (stream_) stream_->output.flush();
}

void LiveOutput::finish(bool interrupted) {
  if (lines_) {
    // The table that follows is between blank lines.
    if (lines_->has_header) lines_->output.add("\n");
    lines_->output.finish(kPatience);
    report_dropped("--interval", lines_->output);
  }
  if (stream_) {
    stream(stream_->format.end(interrupted, stream_->output.dropped()));
    stream_->output.finish(kPatience);
    report_dropped(stream_->name, stream_->output);
  }
}

}  // namespace sockmark::cli
