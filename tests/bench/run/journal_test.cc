#include "bench/run/journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/temporary_directory.h"
#include "reports/model/report_json.h"
#include "tests/reports/sample_report.h"

namespace sockmark {
namespace {

// A report of two cases without runs, and runs for it.
report::Report frame() {
  report::Report report = report::full_report();
  report.cases.push_back(report.cases.front());
  report.cases[1].id = "other";
  for (auto& one : report.cases) {
    one.runs.clear();
    one.summary.clear();
  }
  report.comparisons.clear();
  report.excluded_runs.clear();
  return report;
}

report::Run run_of(std::uint64_t index) {
  auto run = report::full_report().cases[0].runs[0];
  run.index = index;
  return run;
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class JournalTest : public testing::Test {
 protected:
  Journal open() {
    auto journal = Journal::open(path_);
    EXPECT_TRUE(journal) << journal.error().message;
    return *std::move(journal);
  }
  // Appends a run to a case, as a measurement does.
  void finish(Journal& journal, std::size_t one, std::uint64_t index) {
    report_.cases[one].runs.push_back(run_of(index));
    const auto kept = journal.append(report_, report_.cases[one]);
    EXPECT_TRUE(kept) << kept.error().message;
  }
  void begin_with_three_runs() {
    Journal journal = open();
    ASSERT_TRUE(journal.start(report_));
    finish(journal, 0, 0);
    finish(journal, 1, 0);
    finish(journal, 0, 1);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.path() + "/report.json.journal";
  report::Report report_ = frame();
};

TEST_F(JournalTest, HoldsTheReportAndEveryFinishedRun) {
  begin_with_three_runs();
  const auto read = open().read();
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_TRUE((*read).has_value());
  EXPECT_EQ(report::to_json(**read), report::to_json(report_));
}

TEST_F(JournalTest, IsNextToTheReport) {
  EXPECT_EQ(Journal::path_for("a/report.json"), "a/report.json.journal");
}

TEST_F(JournalTest, IsEmptyAtFirst) {
  const auto read = open().read();
  ASSERT_TRUE(read);
  EXPECT_FALSE((*read).has_value());
}

TEST_F(JournalTest, StartingAgainReplacesItsContent) {
  begin_with_three_runs();
  ASSERT_TRUE(open().start(frame()));
  const auto read = open().read();
  ASSERT_TRUE(read);
  EXPECT_EQ(report::to_json(**read), report::to_json(frame()));
}

TEST_F(JournalTest, StartsWithTheRunsOfTheReport) {
  report_.cases[0].runs = {run_of(0), run_of(1)};
  ASSERT_TRUE(open().start(report_));
  const auto read = open().read();
  ASSERT_TRUE(read);
  EXPECT_EQ(report::to_json(**read), report::to_json(report_));
}

// A power cut leaves a file that ends anywhere.
TEST_F(JournalTest, CutAnywhereItHoldsTheCompleteLinesAndResumesAfterThem) {
  begin_with_three_runs();
  const std::string whole = contents(path_);
  std::vector<std::size_t> line_ends;
  for (std::size_t at = 0; (at = whole.find('\n', at)) != whole.npos;) line_ends.push_back(++at);
  ASSERT_EQ(line_ends.size(), 4U);
  std::vector<std::size_t> lengths;
  for (std::size_t length = 0; length < whole.size(); length += 397) lengths.push_back(length);
  for (const std::size_t end : line_ends) lengths.insert(lengths.end(), {end - 2, end - 1, end});
  for (const std::size_t length : lengths) {
    SCOPED_TRACE(length);
    std::ofstream(path_, std::ios::trunc) << whole.substr(0, length);
    const auto lines = static_cast<std::size_t>(
        std::count_if(line_ends.begin(), line_ends.end(), [&](auto end) { return end <= length; }));
    Journal journal = open();
    const auto read = journal.read();
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ((*read).has_value(), lines > 0);
    if (lines == 0) continue;
    std::size_t runs = 0;
    for (const auto& one : (**read).cases) runs += one.runs.size();
    EXPECT_EQ(runs, lines - 1);
    // The next run is on a line of its own.
    ASSERT_TRUE(journal.resume());
    report_ = **read;
    finish(journal, 1, 7);
    const auto again = journal.read();
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(report::to_json(**again), report::to_json(report_));
  }
}

// After a power cut some file systems keep the length of a lost write, filled with zeros.
TEST_F(JournalTest, IgnoresALastLineOfGarbage) {
  begin_with_three_runs();
  const auto sound = contents(path_);
  std::ofstream(path_, std::ios::app) << std::string(100, '\0') << '\n';
  Journal journal = open();
  const auto read = journal.read();
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(report::to_json(**read), report::to_json(report_));
  ASSERT_TRUE(journal.resume());
  EXPECT_EQ(contents(path_), sound);
}

TEST_F(JournalTest, HasOneWriterAtATime) {
  const Journal first = open();
  const auto second = Journal::open(path_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("another run is writing it"), std::string::npos);
}

TEST_F(JournalTest, IsNeverAFifoOrDirectory) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(Journal::open(path_));
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(Journal::open(path_));
}

TEST_F(JournalTest, OnAFullDiskKeepsFinishedRuns) {
  begin_with_three_runs();
  const std::string before = contents(path_);
  Journal journal = open();
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto was = ::signal(SIGXFSZ, SIG_IGN);
  rlimit tight = old;
  tight.rlim_cur = before.size() + 100;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  report_.cases[0].runs.push_back(run_of(2));
  const auto kept = journal.append(report_, report_.cases[0]);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  ::signal(SIGXFSZ, was);
  ASSERT_FALSE(kept);
  EXPECT_NE(kept.error().message.find(path_), std::string::npos);
  EXPECT_EQ(contents(path_), before);
}

// --- invalid journals ---------------------------------------------------------------------------

TEST_F(JournalTest, RejectsOtherFiles) {
  begin_with_three_runs();
  const std::string whole = contents(path_);
  const auto lines = [&] {
    std::vector<std::string> result;
    std::istringstream text(whole);
    for (std::string line; std::getline(text, line);) result.push_back(line + "\n");
    return result;
  }();
  ASSERT_EQ(lines.size(), 4U);
  const auto later = [](std::string line) {
    return line.replace(line.find("\"journal\":1"), 11, "\"journal\":2");
  };
  const std::pair<std::string, const char*> cases[] = {
      {"\n", "line 1: "},
      {"{}\n", "line 1: "},
      {lines[1], "line 1: "},
      {later(lines[0]), "line 1: version 2 of the journal"},
      {lines[0] + "nonsense\n" + lines[1], "line 2: "},
      {lines[0] + lines[1] + lines[1], "line 3: run 0 of "},
      {lines[0] + lines[3] + lines[1], "line 3: run 0 of "},
      {std::string(1000, '[') + "\n" + lines[1], "line 1: "},
  };
  for (const auto& [text, says] : cases) {
    const auto read = parse_journal(text, "the.journal");
    ASSERT_FALSE(read) << text.substr(0, 80);
    EXPECT_TRUE(read.error().message.starts_with(std::string("the.journal: ") + says))
        << read.error().message;
    EXPECT_EQ(read.error().message.find('\n'), std::string::npos);
  }
  auto foreign = frame();
  foreign.cases.pop_back();
  ASSERT_TRUE(open().start(foreign));
  const auto read = parse_journal(contents(path_) + lines[2], "the.journal");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("which is not a case of the report"), std::string::npos);
}

// --- the same measurement -----------------------------------------------------------------------

TEST(CheckContinues, AcceptsTheSamePlanWithAnyRuns) {
  auto before = frame();
  before.cases[0].runs.push_back(run_of(0));
  before.cases[0].params.socket_options = {{"SO_RCVBUF", 1}};
  before.plan_supplied = {{"duration", "5s"}};  // the spelling does not matter
  EXPECT_TRUE(check_continues(frame(), before));
}

TEST(CheckContinues, NamesTheDifference) {
  using Change = void (*)(report::Report&);
  const std::pair<const char*, Change> changes[] = {
      {"the program", [](auto& r) { r.tool.git = "other"; }},
      {"cpu_model", [](auto& r) { r.environment.hard["cpu_model"] = "\"Another\""; }},
      {"size", [](auto& r) { r.plan_effective["size"] = "65"; }},
      {"the number of cases", [](auto& r) { r.cases.pop_back(); }},
      {"case 2", [](auto& r) { r.cases[1].id = "third"; }},
      {"duration_ns of other was ", [](auto& r) { r.cases[1].params.duration_ns += 1; }},
      {"interval_ns of other was 7, is now ", [](auto& r) { r.cases[1].params.interval_ns = 7; }},
  };
  for (const auto& [what, change] : changes) {
    auto before = frame();
    change(before);
    const auto same = check_continues(frame(), before);
    ASSERT_FALSE(same) << what;
    EXPECT_TRUE(same.error().message.starts_with(std::string("another measurement: ") + what))
        << same.error().message;
  }
}

}  // namespace
}  // namespace sockmark
