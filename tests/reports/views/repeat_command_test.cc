#include "reports/views/repeat_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "base/printable.h"
#include "tests/reports/render/hostile.h"

namespace sockmark::report {
namespace {

// What bash makes of a word.
std::string as_bash_reads(const std::string& word) {
  const std::string path = testing::TempDir() + "sockmark_word_" + std::to_string(::getpid());
  std::FILE* file = std::fopen(path.c_str(), "w");
  std::fputs(("printf %s " + word).c_str(), file);
  std::fclose(file);
  std::FILE* pipe = ::popen(("bash " + path).c_str(), "r");
  std::string text;
  std::array<char, 256> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), count);
  ::pclose(pipe);
  std::remove(path.c_str());
  return text;
}

TEST(ShellQuoted, WhatIsSafeStaysAsItIs) {
  for (const char* word : {"tcp,unix-stream", "250ms", "udp://127.0.0.1:0", "a_b+c@d=e/f%g.h"})
    EXPECT_EQ(shell_quoted(word), word);
}

TEST(ShellQuoted, WhatAShellWouldReadOtherwiseIsQuoted) {
  EXPECT_EQ(shell_quoted("loss<=0.5%"), "'loss<=0.5%'");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted("a\nb'\\"), "$'a\\x0ab\\'\\\\'");
}

TEST(ShellQuoted, BashReadsBackWhatWasQuoted) {
  for (const std::string& word :
       {kHostile, std::string("$(touch x) `y` \"$HOME\" ; & | > ~ * ? [a] {b,c} !d #e"),
        std::string("'"), std::string("\xFF\xFE\\'\x01"), std::string("Maßstab 日本")}) {
    const std::string quoted = shell_quoted(word);
    EXPECT_EQ(quoted, printable(quoted)) << "is shown as it is";
    EXPECT_EQ(as_bash_reads(quoted), word);
  }
}

TEST(RepeatCommand, HasWhatTheUserGave) {
  Report report;
  EXPECT_EQ(repeat_command(report), "sockmark run");
  report.plan_supplied = {{"suite", "quick"},          {"transport", "tcp,udp"},
                          {"floor", "true"},           {"gate", "p50:1.05,loss:0.001"},
                          {"find-rate", "loss<=0.5%"}, {"duration", "1s"}};
  EXPECT_EQ(repeat_command(report),
            "sockmark run quick --duration 1s --find-rate 'loss<=0.5%' --floor --gate p50:1.05 "
            "--gate loss:0.001 --transport tcp,udp");
}

TEST(RepeatCommand, ACalibrationIsOne) {
  Report report;
  report.plan_effective = {{"against", "/usr/bin/sockmark"}, {"candidate", "/usr/bin/sockmark"}};
  EXPECT_EQ(repeat_command(report), "sockmark calibrate");
  report.plan_supplied = {{"against", "./old"}};
  EXPECT_EQ(repeat_command(report), "sockmark run --against ./old");
}

TEST(RepeatCommand, AProgramMayBeCalledTrue) {
  Report report;
  report.plan_supplied = {{"against", "true"}};
  EXPECT_EQ(repeat_command(report), "sockmark run --against true");
}

TEST(RepeatCommand, OfAHostileReportIsOneLineWithoutControl) {
  const std::string command = repeat_command(hostile_report());
  EXPECT_EQ(command, printable(command));
}

}  // namespace
}  // namespace sockmark::report
