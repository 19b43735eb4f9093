#include "machine/network_counters.h"

#include "tests/fake_machine.h"

namespace sockmark {
namespace {

constexpr const char* kNetstat =
    "TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPTimeouts TCPSynRetrans TCPRcvQDrop\n"
    "TcpExt: 1 22 333 4 5 6\n"
    "IpExt: ListenOverflows InOctets\n"
    "IpExt: 9 9\n";
constexpr const char* kSnmp =
    "Tcp: MaxConn OutSegs RetransSegs\n"
    "Tcp: -1 1000 7\n"
    "Udp: NoPorts RcvbufErrors SndbufErrors\n"
    "Udp: 10 20 30\n"
    "UdpLite: NoPorts RcvbufErrors SndbufErrors\n"
    "UdpLite: 99 99 99\n";

class NetworkCountersTest : public FakeMachine {
 protected:
  void netstat(std::string_view text) const { file("/proc/self/net/netstat", text); }
  void snmp(std::string_view text) const { file("/proc/self/net/snmp", text); }
  void snmp6(std::string_view text) const { file("/proc/self/net/snmp6", text); }
  [[nodiscard]] std::optional<NetworkCounters> read() const {
    return read_network_counters(MachineFiles(root()));
  }
};

TEST_F(NetworkCountersTest, CountersAreFoundByTheirNames) {
  netstat(kNetstat);
  snmp(kSnmp);
  const auto counters = read();
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->listen_overflows, 22U);
  EXPECT_EQ(counters->listen_drops, 333U);
  EXPECT_EQ(counters->tcp_timeouts, 4U);
  EXPECT_EQ(counters->tcp_syn_retransmits, 5U);
  EXPECT_EQ(counters->tcp_receive_queue_drops, 6U);
  EXPECT_EQ(counters->tcp_segments_sent, 1000U);
  EXPECT_EQ(counters->tcp_segments_retransmitted, 7U);
  EXPECT_EQ(counters->udp_no_port, 10U);
  EXPECT_EQ(counters->udp_receive_buffer_errors, 20U);
  EXPECT_EQ(counters->udp_send_buffer_errors, 30U);
}

TEST_F(NetworkCountersTest, DatagramsOfIpv6AreAdded) {
  netstat(kNetstat);
  snmp(kSnmp);
  snmp6(
      "Ip6InReceives                   \t5\n"
      "Udp6NoPorts                     \t1\n"
      "Udp6RcvbufErrors                \t2\n"
      "Udp6SndbufErrors                \t3\n"
      "UdpLite6NoPorts                 \t9\n");
  const auto counters = read();
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->udp_no_port, 11U);
  EXPECT_EQ(counters->udp_receive_buffer_errors, 22U);
  EXPECT_EQ(counters->udp_send_buffer_errors, 33U);
}

TEST_F(NetworkCountersTest, ACounterThatTheKernelLacksIsZero) {
  netstat(kNetstat);
  snmp(kSnmp);
  const auto counters = read();
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->tcp_backlog_drops, 0U);
}

TEST_F(NetworkCountersTest, FilesOfAnotherFormGiveNothing) {
  EXPECT_FALSE(read());
  netstat(kNetstat);
  EXPECT_FALSE(read());
  for (const char* text :
       {"", "Tcp: OutSegs\n", "Tcp: OutSegs RetransSegs\nTcp: 1\nUdp: NoPorts\nUdp: 1\n",
        "Tcp: OutSegs\nTcp: x\nUdp: NoPorts\nUdp: 1\n", "Tcp: OutSegs\nTcp: 1\n",
        "Tcp: OutSegs\nTcp: 1\nUdp: NoPorts\nUdp: -1\n"}) {
    snmp(text);
    EXPECT_FALSE(read()) << text;
  }
  snmp(kSnmp);
  EXPECT_TRUE(read());
  snmp6("Udp6NoPorts\t-1\n");
  EXPECT_FALSE(read());
  snmp6("");
  for (const char* text :
       {"TcpExt: ListenOverflows ListenDrops\n", "TcpExt: ListenDrops\nTcpExt: 1 2\n",
        "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1 -2\n"}) {
    netstat(text);
    EXPECT_FALSE(read()) << text;
  }
}

TEST_F(NetworkCountersTest, ThisKernelHasThem) {
  const auto counters = read_network_counters(MachineFiles(""));
  ASSERT_TRUE(counters);
}

}  // namespace
}  // namespace sockmark
