#include "bench/plan/background.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "bench/plan/case_limits.h"
#include "bench/plan/case_spec.h"

namespace sockmark {
namespace {

std::string expanded(std::string_view list) {
  const auto loads = expand_backgrounds(list);
  return loads ? *loads : "error: " + loads.error().message;
}

CaseSpec probe_over(const std::string& transport, const std::string& address = {}) {
  CaseSpec probe;
  probe.transport = transport;
  probe.address = address;
  return probe;
}

CaseSpec beside(const std::string& load, CaseSpec probe = {}) {
  probe.background = *parse_background(load);
  return probe;
}

TEST(BackgroundLoad, WithoutADirectionIsIdleAndEachDirection) {
  EXPECT_EQ(expanded("stream:tcp:4"),
            "none,stream:tcp:4:forward,stream:tcp:4:reverse,stream:tcp:4:both");
  EXPECT_EQ(expanded("Stream:TCP"),
            "none,stream:tcp:1:forward,stream:tcp:1:reverse,stream:tcp:1:both");
}

TEST(BackgroundLoad, IsJustWhatAnItemWithADirectionSays) {
  EXPECT_EQ(expanded("stream:udp:reverse"), "stream:udp:1:reverse");
  EXPECT_EQ(expanded("stream:udp:2:both,none"), "stream:udp:2:both,none");
  EXPECT_EQ(expanded("none,none"), "none");
  for (const auto* text : {"none", "stream:unix-stream:7:both"})
    EXPECT_EQ(text_of(*parse_background(text)), text);
}

TEST(BackgroundLoad, IsRefusedWithTheReason) {
  for (const auto& [text, words] :
       {std::pair("", "empty"), std::pair("tcp", "expected none or stream"),
        std::pair("rr:tcp:1", "expected none or stream"), std::pair("stream:tcp:0", "1 to 100000"),
        std::pair("stream:tcp:4:up", "expected none or stream"),
        std::pair("stream:tcp:4:both:2", "expected none or stream"),
        std::pair("stream:tpc:4", "did you mean \"tcp\"")}) {
    EXPECT_NE(expanded(text).find(words), std::string::npos) << text << ": " << expanded(text);
  }
  EXPECT_FALSE(parse_background("stream:tcp:4"));  // of several directions
}

TEST(BackgroundLoad, IsASaturatingStreamInTheSameWindow) {
  CaseSpec probe = probe_over("udp");
  probe.duration = std::chrono::seconds(7);
  probe.socket.dscp = 46;
  const CaseSpec load = background_of(beside("stream:tcp:3:reverse", probe));
  EXPECT_EQ(load.id(), "tcp/stream/65536B/c3/reverse");
  EXPECT_EQ(load.duration, probe.duration);
  EXPECT_EQ(load.warmup, probe.warmup);
  EXPECT_FALSE(load.rate);
  EXPECT_FALSE(load.background);
  EXPECT_FALSE(load.socket.dscp) << "an option of other sockets";
  EXPECT_EQ(background_of(beside("stream:udp:1:both", probe)).socket.dscp, 46);
  EXPECT_EQ(background_of(beside("stream:udp:1:both", probe)).size, 1400U);
}

TEST(BackgroundLoad, GoesToTheHostOfTheCaseAtAPortOfItsOwn) {
  const CaseSpec probe = probe_over("tcp", "tcp://127.0.0.7:9000");
  EXPECT_EQ(background_of(beside("stream:udp:1:both", probe)).address, "udp://127.0.0.7:0");
  EXPECT_EQ(background_of(beside("stream:unix-stream:1:both", probe)).address, "");
  EXPECT_EQ(background_of(beside("stream:tcp:1:both", probe_over("unix-stream"))).address, "");
}

TEST(BackgroundLoad, FitsItsCase) {
  EXPECT_TRUE(check_limits(beside("none")));
  EXPECT_TRUE(check_limits(beside("stream:tcp:4:both")));
  const auto problem_of = [](const std::string& load, const CaseSpec& probe) {
    const auto fits = check_limits(beside(load, probe));
    return fits ? std::string("none") : fits.error().message;
  };
  EXPECT_EQ(problem_of("stream:tcp:1:both", probe_over("memory")),
            "--background stream:tcp:1:both: memory has no path that others could fill");
  EXPECT_EQ(problem_of("stream:memory:1:both", {}),
            "--background stream:memory:1:both: memory has no path that others could fill");
  EXPECT_EQ(problem_of("stream:tcp6:1:both", probe_over("tcp", "tcp://127.0.0.1:0")),
            "--background stream:tcp6:1:both: tcp6 is not of the family of tcp://127.0.0.1:0");
  CaseSpec ports = probe_over("udp");
  ports.socket.ports = PortRange{.first = 40'000, .last = 40'002};
  EXPECT_EQ(problem_of("none", ports), "none");
  EXPECT_EQ(problem_of("stream:udp:1:both", ports),
            "--data-ports 40000-40002: udp with --connections 1 and --threads 1 and the background "
            "needs 4 ports");
}

}  // namespace
}  // namespace sockmark
