#include "bench/run/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/atomic_file.h"
#include "base/printable.h"
#include "reports/json/load_json.h"
#include "reports/model/environment_section.h"
#include "reports/model/report_json.h"

namespace sockmark {

namespace {

using report::printable;

constexpr std::uint64_t kVersion = 1;
// More than ten thousand runs with full histograms.
constexpr std::size_t kMaxBytes = std::size_t{4} << 30;

struct Header {
  std::uint64_t journal = kVersion;
  report::Report report;
};

struct Entry {
  std::string case_id;
  report::Run run;
  // As known after this run, for the whole report.
  report::SocketOptionValues socket_options, responder_socket_options = {};
  Maybe<report::Process> generator_process, responder_process;
  report::Tool tool;
  Maybe<report::Tool> baseline_tool;
};

void fields(auto& visit, report::Of<Header> auto& header) {
  visit("journal", header.journal);
  visit("report", header.report);
}

void fields(auto& visit, report::Of<Entry> auto& entry) {
  visit("case", entry.case_id);
  visit("run", entry.run);
  visit("socket_options", entry.socket_options);
  visit("responder_socket_options", entry.responder_socket_options, report::kAddedLater);
  visit("generator", entry.generator_process);
  visit("responder", entry.responder_process);
  visit("tool", entry.tool);
  visit("baseline_tool", entry.baseline_tool);
}

template <class T>
std::string line_of(const T& value) {
  report::JsonWriter out(report::JsonWriter::Layout::one_line);
  report::write_json(out, value);
  return std::move(out).take() + '\n';
}

template <class T>
Result<T> read_line(std::string_view line) {
  const auto json = TRY(report::parse_json(line, report::kReportLimits));
  report::JsonReading reading;
  return report::read_document<T>(json.root(), reading);
}

Result<Header> read_header(std::string_view line) {
  const auto json = TRY(report::parse_json(line, report::kReportLimits));
  // Reports another major version as such, instead of as its first unknown field.
  if (const auto report = json.root().find("report")) TRY(report::check_schema_version(*report));
  report::JsonReading reading;
  return report::read_document<Header>(json.root(), reading);
}

// The length of all complete lines.
std::size_t complete_lines(std::string_view text) {
  const auto last = text.rfind('\n');
  return last == text.npos ? 0 : last + 1;
}

// The length of all valid lines: a disk may keep the length of the last write without its bytes.
std::size_t valid_lines(std::string_view text) {
  const auto end = complete_lines(text);
  if (end == 0) return 0;
  const auto last = complete_lines(text.substr(0, end - 1));
  return last == 0 || read_line<Entry>(text.substr(last, end - last)) ? end : last;
}

Result<> add_entry(Entry entry, report::Report& report) {
  const auto one = std::find_if(report.cases.begin(), report.cases.end(),
                                [&](const auto& each) { return each.id == entry.case_id; });
  if (one == report.cases.end())
    return Error{fmt::format("a run of \"{}\", which is not a case of the report",
                             printable(entry.case_id))};
  if (!one->runs.empty() && entry.run.index <= one->runs.back().index) {
    return Error{fmt::format("run {} of {} follows run {}", entry.run.index,
                             printable(entry.case_id), one->runs.back().index)};
  }
  TRY(report::check_sense(entry.run));
  if (!entry.socket_options.empty()) {
    one->params.socket_options = std::move(entry.socket_options);
    one->params.responder_socket_options = std::move(entry.responder_socket_options);
  }
  if (entry.generator_process) report.generator_process = std::move(entry.generator_process);
  if (entry.responder_process) report.responder_process = std::move(entry.responder_process);
  report.tool = std::move(entry.tool);
  if (entry.baseline_tool) report.baseline_tool = std::move(entry.baseline_tool);
  one->runs.push_back(std::move(entry.run));
  return {};
}

Error journal_error(std::string_view what, const std::string& path, int error_number) {
  return system_error(fmt::format("{} {}", what, printable(path)), error_number);
}

}  // namespace

std::string Journal::path_for(const std::string& report_path) { return report_path + ".journal"; }

Result<Journal> Journal::open(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644));
  if (!file) return journal_error("open", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return journal_error("open", path, errno);
  if (!S_ISREG(status.st_mode)) return Error{printable(path) + ": not a regular file"};
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return journal_error("lock", path, errno);
    return Error{printable(path) + ": another run is writing it"};
  }
  return Journal(path, std::move(file));
}

Result<std::optional<report::Report>> Journal::read() const {
  auto text = TRY(report::load_text_file(path_, kMaxBytes));
  if (complete_lines(text) == 0) return std::optional<report::Report>();
  auto report = TRY(parse_journal(text, path_));
  return std::optional(std::move(report));
}

Result<> Journal::truncate_to(std::size_t bytes) {
  if (::ftruncate(file_.get(), static_cast<off_t>(bytes)) != 0)
    return journal_error("write", path_, errno);
  return {};
}

Result<> Journal::start(const report::Report& report) {
  TRY(truncate_to(0));
  Header header{.report = report};
  for (auto& one : header.report.cases) one.runs.clear();
  TRY(append_line(line_of(header)));
  for (const auto& one : report.cases) {
    for (const auto& run : one.runs) {
      if (auto kept = append_run(report, one, run); !kept) return kept;
    }
  }
  return report::sync_directory(path_);
}

Result<> Journal::resume() {
  auto text = TRY(report::load_text_file(path_, kMaxBytes));
  return truncate_to(valid_lines(text));
}

Result<> Journal::append(const report::Report& report, const report::Case& one) {
  return append_run(report, one, one.runs.back());
}

Result<> Journal::append_run(const report::Report& report, const report::Case& one,
                             const report::Run& run) {
  return append_line(line_of(Entry{.case_id = one.id,
                                   .run = run,
                                   .socket_options = one.params.socket_options,
                                   .responder_socket_options = one.params.responder_socket_options,
                                   .generator_process = report.generator_process,
                                   .responder_process = report.responder_process,
                                   .tool = report.tool,
                                   .baseline_tool = report.baseline_tool}));
}

Result<> Journal::append_line(const std::string& line) {
  const off_t end = ::lseek(file_.get(), 0, SEEK_END);
  if (end < 0) return journal_error("write", path_, errno);
  auto written = report::write_all(file_.get(), line, path_);
  if (written && ::fsync(file_.get()) != 0) written = journal_error("write", path_, errno);
  // Readers ignore an incomplete line; on a full disk it also takes space.
  if (!written) static_cast<void>(truncate_to(static_cast<std::size_t>(end)));
  return written;
}

void Journal::remove() {
  ::unlink(path_.c_str());
  file_ = Descriptor();
}

Result<report::Report> parse_journal(std::string_view text, std::string_view name) {
  const auto at = [&](std::size_t line, Error error) {
    return Error{fmt::format("{}: line {}: {}", printable(name), line, error.message)};
  };
  std::size_t number = 1;
  auto rest = text.substr(0, valid_lines(text));
  if (rest.empty()) return at(number, Error{"no complete line: the measurement was not started"});
  const auto next_line = [&] {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    return line;
  };
  auto header = read_header(next_line());
  if (!header) return at(number, std::move(header).error());
  if (header->journal != kVersion) {
    return at(number, Error{fmt::format("version {} of the journal, expected version {}",
                                        header->journal, kVersion)});
  }
  report::Report report = std::move(header->report);
  for (const auto& one : report.cases) {
    if (!one.runs.empty())
      return at(number, Error{"unexpected runs in the report of the first line"});
  }
  while (!rest.empty()) {
    ++number;
    auto entry = read_line<Entry>(next_line());
    if (!entry) return at(number, std::move(entry).error());
    if (auto taken = add_entry(*std::move(entry), report); !taken)
      return at(number, std::move(taken).error());
  }
  return report;
}

namespace {

// The first parameter that differs, with what it was and is; the kernel's socket options, which are
// known after a run only, are left out.
struct ParameterChange {
  std::string name, was, is;
};
Result<std::optional<ParameterChange>> changed_parameter(report::Params before,
                                                         report::Params after) {
  for (report::Params* params : {&before, &after}) {
    params->socket_options.clear();
    params->responder_socket_options.clear();
  }
  const auto was = TRY(report::parse_json(report::to_json_text(before), report::kReportLimits));
  const auto is = TRY(report::parse_json(report::to_json_text(after), report::kReportLimits));
  const auto text_at = [](const report::JsonDocument& document, std::string_view name) {
    const auto value = document.root().find(name);
    return value && !value->is_null() ? value->text() : std::string("not given");
  };
  for (const auto* document : {&was, &is}) {
    for (const auto& member : document->root().members()) {
      ParameterChange change{member.key, text_at(was, member.key), text_at(is, member.key)};
      if (change.was != change.is) return std::optional(std::move(change));
    }
  }
  return std::optional<ParameterChange>();
}

}  // namespace

Result<> check_continues(const report::Report& now, const report::Report& before) {
  const auto differs = [](std::string_view what, std::string_view was, std::string_view is) {
    return Error{fmt::format("another measurement: {} was {}, is now {}", what, printable(was),
                             printable(is))};
  };
  const auto tool_text = [](const report::Tool& tool) { return report::to_json_text(tool); };
  // With --against other programs measure, and the plan identifies them.
  const bool others_measure = now.plan_effective.contains("against");
  if (!others_measure && tool_text(now.tool) != tool_text(before.tool))
    return differs("the program", tool_text(before.tool), tool_text(now.tool));
  if (const auto found = report::find_hard_difference(before.environment, now.environment))
    return differs(found->item, found->before, found->now);
  for (const auto& [option, value] : now.plan_effective) {
    const auto was = before.plan_effective.find(option);
    if (was == before.plan_effective.end()) return differs(option, "not given", value);
    if (was->second != value) return differs(option, was->second, value);
  }
  for (const auto& [option, value] : before.plan_effective) {
    if (!now.plan_effective.contains(option)) return differs(option, value, "not given");
  }
  if (now.cases.size() != before.cases.size()) {
    return differs("the number of cases", std::to_string(before.cases.size()),
                   std::to_string(now.cases.size()));
  }
  for (std::size_t i = 0; i < now.cases.size(); ++i) {
    const auto& [is, was] = std::tie(now.cases[i], before.cases[i]);
    if (is.id != was.id) return differs(fmt::format("case {}", i + 1), was.id, is.id);
    if (const auto change = TRY(changed_parameter(was.params, is.params)))
      return differs(fmt::format("{} of {}", change->name, is.id), change->was, change->is);
  }
  return {};
}

}  // namespace sockmark
