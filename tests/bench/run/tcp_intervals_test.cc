#include "bench/run/tcp_intervals.h"

#include <gtest/gtest.h>

#include "bench/run/describe_tcp.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

CaseSpec tcp_in_quarters() {
  CaseSpec spec;
  spec.transport = "tcp";
  spec.duration = 1s;
  spec.interval = 250ms;
  return spec;
}

IntervalsMessage edges_of(std::uint64_t first, std::vector<std::uint64_t> retransmits) {
  IntervalsMessage message;
  message.first_edge = first;
  for (const auto count : retransmits)
    message.at_edges.push_back(
        {.retransmits = count, .segments_sent = 10 * count, .connections = 1});
  return message;
}

TEST(TcpIntervals, AnIntervalIsKnownWhenAllEndsHaveSentItsEdges) {
  TcpIntervals intervals(tcp_in_quarters(), 2, true);
  EXPECT_EQ(intervals.known(), 0U);
  intervals.add_generator(0, edges_of(0, {1, 2, 5}));
  intervals.add_generator(1, edges_of(0, {0, 3}));
  EXPECT_EQ(intervals.known(), 0U);
  intervals.add_responder(edges_of(0, {10, 10, 20, 20, 20}));
  EXPECT_EQ(intervals.known(), 1U);
  intervals.add_generator(1, edges_of(2, {3}));
  EXPECT_EQ(intervals.known(), 2U);
}

TEST(TcpIntervals, TheFiguresAreThoseOfTheReport) {
  const CaseSpec spec = tcp_in_quarters();
  TcpIntervals intervals(spec, 2, true);
  const auto one = edges_of(0, {1, 2, 5}), other = edges_of(0, {0, 3, 3});
  const auto responder = edges_of(0, {10, 10, 20});
  intervals.add_generator(0, one);
  intervals.add_generator(1, other);
  intervals.add_responder(responder);
  EndResult generator_end, responder_end;
  TcpRecord record{.at_edges = one.at_edges, .at_end = {}};
  record.add({.at_edges = other.at_edges, .at_end = {}});
  generator_end.tcp = record;
  responder_end.tcp = TcpRecord{.at_edges = responder.at_edges, .at_end = {}};
  std::vector<report::SeriesPoint> series(2);
  series[0].messages = series[1].messages = 10;
  describe_tcp_course(spec, generator_end, responder_end, series);
  EXPECT_EQ(series[0].tcp->retransmits, Maybe<std::uint64_t>(1 + 3 + 0));
  EXPECT_EQ(series[1].tcp->retransmits, Maybe<std::uint64_t>(3 + 0 + 10));
  for (std::size_t i = 0; i < series.size(); ++i) {
    const auto live = intervals.figures(i, series[i].messages);
    EXPECT_EQ(live.retransmits, series[i].tcp->retransmits);
    EXPECT_EQ(live.segments_per_message, series[i].tcp->segments_per_message);
  }
}

TEST(TcpIntervals, AnotherProgramIsNotWaitedFor) {
  TcpIntervals intervals(tcp_in_quarters(), 1, false);
  intervals.add_generator(0, edges_of(0, {1, 4}));
  ASSERT_EQ(intervals.known(), 1U);
  EXPECT_EQ(intervals.figures(0, 1).retransmits, Maybe<std::uint64_t>(3));
}

TEST(TcpIntervals, WhatContradictsItselfIsLeftOut) {
  TcpIntervals intervals(tcp_in_quarters(), 1, false);
  intervals.add_generator(0, edges_of(1, {1, 4}));
  EXPECT_EQ(intervals.known(), 0U) << "the first edge is missing";
  intervals.add_generator(0, edges_of(0, {1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(intervals.known(), 0U) << "more than a run of four intervals has";
  intervals.add_generator(0, edges_of(0, {0, std::uint64_t{1} << 53U}));
  EXPECT_EQ(intervals.known(), 0U) << "out of range";
}

TEST(TcpIntervals, AreWantedWhereConnectionsAreLookedAt) {
  CaseSpec spec = tcp_in_quarters();
  EXPECT_TRUE(TcpIntervals::wanted(spec));
  spec.connections = kSampledConnectionsMax + 1;
  EXPECT_FALSE(TcpIntervals::wanted(spec));
  spec = tcp_in_quarters();
  spec.transport = "udp";
  EXPECT_FALSE(TcpIntervals::wanted(spec));
}

}  // namespace
}  // namespace sockmark
