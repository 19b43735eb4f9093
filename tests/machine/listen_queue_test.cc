#include "machine/listen_queue.h"

#include "tests/fake_machine.h"

namespace sockmark {
namespace {

class ListenQueue : public FakeMachine {
 protected:
  void netstat(std::string_view text) const { file("/proc/self/net/netstat", text); }
  [[nodiscard]] std::optional<ListenCounters> read() const {
    return read_listen_counters(MachineFiles(root()));
  }
};

TEST_F(ListenQueue, CountersAreFoundByTheirNames) {
  netstat(
      "TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPHPHits\n"
      "TcpExt: 1 22 333 4444\n"
      "IpExt: ListenOverflows InOctets\n"
      "IpExt: 9 9\n");
  const auto counters = read();
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->overflows, 22U);
  EXPECT_EQ(counters->drops, 333U);
}

TEST_F(ListenQueue, AFileWithoutThemGivesNothing) {
  EXPECT_FALSE(read());
  for (const char* text :
       {"", "TcpExt: ListenOverflows ListenDrops\n", "TcpExt: ListenDrops\nTcpExt: 1\n",
        "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1\n",
        "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1 -2\n",
        "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1 x\n"}) {
    netstat(text);
    EXPECT_FALSE(read()) << text;
  }
}

TEST_F(ListenQueue, ThisKernelHasThem) { EXPECT_TRUE(read_listen_counters(MachineFiles(""))); }

}  // namespace
}  // namespace sockmark
