#include "bench/run/option_warnings.h"

#include <gtest/gtest.h>

namespace sockmark {
namespace {

TEST(OptionWarnings, NameTheEndThatDidNotGetWhatWasRequested) {
  CaseSpec spec;
  spec.socket.send_buffer_bytes = 65536;
  spec.socket.segment_bytes_max = 9000;
  const report::SocketOptionValues granted = {{"SO_SNDBUF", 131072}, {"TCP_MAXSEG", 8988}};
  const report::SocketOptionValues limited = {{"SO_SNDBUF", 8192}, {"TCP_MAXSEG", 1448}};
  EXPECT_TRUE(option_warnings(spec, granted, granted).empty());
  const auto warnings = option_warnings(spec, granted, limited);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[0].code, "socket_option");
  EXPECT_EQ(
      warnings[0].message,
      "tcp/rr/64B/c1/sndbuf65536/mss9000: --sndbuf 65536: SO_SNDBUF of the responder is 8192");
  EXPECT_NE(warnings[1].message.find("--mss 9000: TCP_MAXSEG of the responder is 1448"),
            std::string::npos);
}

TEST(OptionWarnings, NobodyAskedForTheSizesOfABufferThatGrows) {
  EXPECT_TRUE(option_warnings(CaseSpec(), {{"SO_RCVBUF", 1}}, {{"SO_RCVBUF", 2}}).empty());
}

}  // namespace
}  // namespace sockmark
