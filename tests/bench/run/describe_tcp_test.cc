#include "bench/run/describe_tcp.h"

#include <gtest/gtest.h>

#include "bench/load/connection_figures.h"

namespace sockmark {
namespace {

constexpr std::uint64_t kMessages = 200;

CaseSpec spec_of(const char* transport, Workload workload = Workload::rr) {
  CaseSpec spec;
  spec.transport = transport;
  spec.workload = workload;
  return spec;
}

TcpTotals totals(std::uint64_t scale) {
  return {.retransmits = scale,
          .segments_sent = 100 * scale,
          .limited_by_receiver_ns = static_cast<std::int64_t>(1000 * scale),
          .limited_by_send_buffer_ns = static_cast<std::int64_t>(10 * scale),
          .connections = 2,
          .lost = 1,
          .congestion_window = 20,
          .rtt_ns = 80'000,
          .rtt_min_ns = 30'000,
          .delivery_rate_bytes_per_s = 5000,
          .rated_connections = 2};
}

// An end with 2 connections, whose counters grow with every sub-window.
EndResult end_of(std::uint64_t first, std::uint64_t last) {
  EndResult end;
  TcpRecord record{.at_edges = {}, .at_end = totals(last + 1)};
  for (std::uint64_t scale = first; scale <= last; ++scale)
    record.at_edges.push_back(totals(scale));
  end.tcp = record;
  return end;
}

TEST(DescribeTcp, CountsOfBothEndsAndTheRestOfTheGenerator) {
  const auto tcp = describe_tcp(spec_of("tcp"), end_of(1, 5), end_of(10, 12), kMessages);
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->retransmits, Maybe<std::uint64_t>(6 + 13));
  EXPECT_EQ(tcp->retransmits_in_window, Maybe<std::uint64_t>(4 + 2));
  EXPECT_EQ(tcp->lost, Maybe<std::uint64_t>(2));
  EXPECT_EQ(tcp->rtt_ns, Maybe<std::int64_t>(40'000));
  EXPECT_EQ(tcp->rtt_min_ns, Maybe<std::int64_t>(30'000));
  EXPECT_EQ(tcp->congestion_window, Maybe<std::uint64_t>(10));
  EXPECT_EQ(tcp->delivery_rate_bytes_per_s, Maybe<std::uint64_t>(5000));
  EXPECT_EQ(tcp->limited_by_receiver_ns, Maybe<std::int64_t>(2000));
  EXPECT_EQ(tcp->limited_by_send_buffer_ns, Maybe<std::int64_t>(20));
  EXPECT_EQ(tcp->segments_per_message, Maybe<double>(2.0));
  EXPECT_EQ(tcp->generator->retransmits, Maybe<std::uint64_t>(6));
  EXPECT_EQ(tcp->responder->retransmits, Maybe<std::uint64_t>(13));
  EXPECT_EQ(tcp->responder->segments_per_message, Maybe<double>(1.0));
}

TEST(DescribeTcp, OfManyConnectionsKnowsWhatTheyEndedWith) {
  CaseSpec spec = spec_of("tcp");
  spec.connections = kSampledConnectionsMax + 1;
  EndResult end;
  end.tcp = TcpRecord{.at_edges = {}, .at_end = totals(3)};
  const auto tcp = describe_tcp(spec, end, end, kMessages);
  EXPECT_EQ(tcp->retransmits, Maybe<std::uint64_t>(6));
  EXPECT_EQ(tcp->rtt_ns, Maybe<std::int64_t>(40'000));
  EXPECT_EQ(tcp->retransmits_in_window.reason(), "too_many_connections");
  EXPECT_EQ(tcp->limited_by_receiver_ns.reason(), "too_many_connections");
  EXPECT_EQ(tcp->segments_per_message.reason(), "too_many_connections");
}

TEST(DescribeTcp, AConnectionForEachOperationIsNotLookedAt) {
  EndResult end;
  end.tcp = TcpRecord();
  const auto tcp = describe_tcp(spec_of("tcp", Workload::connect), end, end, kMessages);
  EXPECT_EQ(tcp->retransmits.reason(), kShortConnections);
  EXPECT_EQ(tcp->rtt_ns.reason(), kShortConnections);
}

TEST(DescribeTcp, OtherTransportsHaveNone) {
  EXPECT_EQ(describe_tcp(spec_of("udp"), {}, {}, kMessages).reason(), report::kNotApplicable);
  EXPECT_EQ(describe_tcp(spec_of("unix-stream"), {}, {}, kMessages).reason(),
            report::kNotApplicable);
}

TEST(DescribeTcp, ACounterThatBeganAgainFromZeroHasNoGrowth) {
  EndResult end = end_of(1, 2);
  end.tcp->at_edges[1].segments_sent = 0;
  const auto tcp = describe_tcp(spec_of("tcp"), end, end_of(1, 2), kMessages);
  EXPECT_EQ(tcp->segments_per_message.reason(), report::kOverflow);
}

TEST(DescribeTcp, NothingIsPerMessageWithoutAMessage) {
  const auto tcp = describe_tcp(spec_of("tcp"), end_of(1, 2), end_of(1, 2), 0);
  EXPECT_EQ(tcp->segments_per_message.reason(), report::kNothingReceived);
}

TEST(DescribeTcp, ARateOfSomeConnectionsIsNoneOfAll) {
  EndResult end = end_of(1, 2);
  end.tcp->at_edges[1].rated_connections = 1;
  const auto tcp = describe_tcp(spec_of("tcp"), end, end_of(1, 2), kMessages);
  EXPECT_EQ(tcp->delivery_rate_bytes_per_s.reason(), "application_limited");
}

TEST(DescribeTcp, WithoutAResponderIsThatOfTheGenerator) {
  const auto tcp = describe_tcp(spec_of("tcp"), end_of(1, 5), {}, kMessages);
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->retransmits, Maybe<std::uint64_t>(6));
  EXPECT_EQ(tcp->retransmits_in_window, Maybe<std::uint64_t>(4));
  EXPECT_EQ(tcp->lost, Maybe<std::uint64_t>(1));
  EXPECT_EQ(tcp->responder.reason(), "not_measured");
  std::vector<report::SeriesPoint> series(1);
  describe_tcp_course(spec_of("tcp"), end_of(1, 3), {}, series);
  EXPECT_EQ(series[0].tcp->retransmits, Maybe<std::uint64_t>(1));
}

TEST(DescribeTcpCourse, EachSubWindowHasItsGrowth) {
  std::vector<report::SeriesPoint> series(3);
  for (auto& point : series) point.messages = 50;
  describe_tcp_course(spec_of("tcp"), end_of(1, 3), end_of(10, 15), series);
  EXPECT_EQ(series[0].tcp->retransmits, Maybe<std::uint64_t>(2));
  EXPECT_EQ(series[1].tcp->limited_by_receiver_ns, Maybe<std::int64_t>(500));
  EXPECT_EQ(series[1].tcp->segments_per_message, Maybe<double>(2.0));
  // The generator did not come so far.
  EXPECT_EQ(series[2].tcp.reason(), "not_measured");
  describe_tcp_course(spec_of("udp"), {}, {}, series);
  EXPECT_EQ(series[0].tcp.reason(), report::kNotApplicable);
  CaseSpec many = spec_of("tcp");
  many.connections = kSampledConnectionsMax + 1;
  describe_tcp_course(many, end_of(1, 3), end_of(1, 3), series);
  EXPECT_EQ(series[0].tcp.reason(), "too_many_connections");
}

TEST(DescribeConnections, AddsTheRetransmitsOfBothEnds) {
  CaseSpec spec = spec_of("tcp");
  EndResult receiver, other;
  receiver.connections = {{.number = 1, .messages = 5, .retransmits = 2},
                          {.number = 0, .messages = 7, .retransmits = 1}};
  other.connections = {{.number = 0, .retransmits = 30}, {.number = 1, .retransmits = 40}};
  EXPECT_EQ(describe_connections(spec, receiver, other).reason(), report::kNotRequested);
  spec.per_connection = true;
  const auto connections = describe_connections(spec, receiver, other);
  ASSERT_EQ(connections->size(), 2U);
  EXPECT_EQ((*connections)[0].messages, 7U);
  EXPECT_EQ((*connections)[0].retransmits, Maybe<std::uint64_t>(31));
  EXPECT_EQ((*connections)[1].retransmits, Maybe<std::uint64_t>(42));
}

}  // namespace
}  // namespace sockmark
